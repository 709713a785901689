# The verbs of a contributor; each is one line that works without just too.

# What there is
default:
    @just --list

# Format, clippy, tests
check:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings
    scripts/test

# The tests whose name contains NAME
test NAME:
    cargo nextest run --locked -E 'test({{NAME}})'

# Everything that must hold on main
ci:
    .ci/run

# Write again what is generated from tables and types
docs:
    SNAPSHOTS=overwrite cargo test --locked --lib inputs
    UPDATE_DOCS=1 cargo test --locked --lib plan::message
    AIRLOCK_WRITE_SCHEMAS=1 cargo test --locked --lib schemas

# The example project, end to end, in a copy
try *ARGS:
    scripts/try {{ARGS}}

# Draw the README's pictures from real reports
pictures:
    scripts/pictures

# Build both images and try them as GitHub's runner would
image *ARGS:
    scripts/image {{ARGS}}

# Measure against other programs
bench CORPUS:
    scripts/bench {{CORPUS}}
