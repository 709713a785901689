//! Commands that rewrite files of the commit.

use super::*;

#[test]
fn an_installation_that_rewrites_the_commit_is_an_error_and_nothing_follows_it() {
    let mut world = World::new(
        "app",
        &[("app/package.json", PACKAGE), ("app/package-lock.json", "{}"), ("app/a.ts", "1"), ("shared/b.ts", "1")],
    );
    world.programs(&[(
        "npm",
        "touch ran-$1; if [ $1 = ci ]; then echo 2 > ../shared/b.ts; rm a.ts; echo 1 > new.ts; fi",
    )]);
    world.compiles = true;
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install npm ci: Passed
    Compile nango compile: Skipped { why: "the installation changed files of the commit" }
    Test npm test: Skipped { why: "the installation changed files of the commit" }
    Error install-changed-files: app/a.ts: the installation changed `app/a.ts`
      help: what is compiled and tested must be the commit: find the install script that writes it, or stop tracking the file
    Error install-changed-files: shared/b.ts: the installation changed `shared/b.ts`
      help: what is compiled and tested must be the commit: find the install script that writes it, or stop tracking the file
    tested: Not { why: "the installation changed files of the commit" }, passed: false
    "#);
    assert!(!world.root().join("app/ran-test").exists());
    for number in 0..12 {
        world.write(&format!("many/{number:02}.ts"), "1");
    }
    world.programs(&[("npm", "echo 2 | tee ../many/*.ts")]);
    let report = world.check();
    assert_eq!(report.errors(), 11);
    assert_eq!(report.findings[10].message, "the installation changed 2 more files of the commit");
}

#[test]
fn a_compiler_that_rewrites_what_people_write_is_an_error_and_its_own_output_is_not() {
    let world = |rewrites: &str| {
        let mut world = World::new(
            "",
            &[
                ("package.json", "{}"),
                ("github/a.ts", "1"),
                ("build/old.ts", "1"),
                (".nango/schema.ts", "1"),
                ("notes.md", "1"),
                ("node_modules/nango/package.json", r#"{"version": "0.71.10"}"#),
                ("node_modules/.bin/nango", &format!("#!/bin/sh\n{rewrites}\nexit 3\n")),
            ],
        );
        let cli = world.root().join("node_modules/.bin/nango");
        std::fs::set_permissions(cli, std::fs::Permissions::from_mode(0o755)).unwrap();
        world.compiles = true;
        let findings = world.check().findings;
        let told = findings.iter().filter(|finding| finding.code == "compile-changed-files");
        told.map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(world("echo 2 | tee build/old.ts .nango/schema.ts notes.md"), Vec::<String>::new());
    assert_eq!(
        world("echo 2 | tee github/a.ts package.json"),
        ["`nango compile` changed `github/a.ts`", "`nango compile` changed `package.json`"]
    );
}

#[test]
fn what_a_compiler_writes_itself_is_what_its_platform_says() {
    let mut world = World::new(
        "app",
        &[
            ("app/package.json", "{}"),
            ("app/out/build.json", "{}"),
            ("app/build/step.ts", "1"),
            ("appout/shared.ts", "1"),
            ("node_modules/.bin/para", "#!/bin/sh\necho 2 | tee out/build.json build/step.ts ../appout/shared.ts\n"),
        ],
    );
    let cli = world.root().join("node_modules/.bin/para");
    std::fs::set_permissions(cli, std::fs::Permissions::from_mode(0o755)).unwrap();
    (world.compiles, world.project.platform) = (true, PlatformName::Paragon);
    let findings = world.check().findings;
    let told = findings.iter().filter(|finding| finding.code == "compile-changed-files");
    assert_eq!(
        told.map(|finding| finding.message.as_str()).collect::<Vec<_>>(),
        ["`para build` changed `app/build/step.ts`", "`para build` changed `appout/shared.ts`"]
    );
}
