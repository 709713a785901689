//! The probe: tries, as the confined user, what code of the tree must not be able to do. Whatever works is a breach.
//!
//! It tells what it could do and never what it saw.

mod files;
mod own;
mod processes;
mod sockets;

use super::spec::{Ask, Breach, User, Wall};

/// From this version of Landlock on, a file can neither be written nor shortened against it.
const WHOLE: u8 = 3;

/// Tries everything; gives the breaches, and what the user could not do though it must.
pub(super) fn run(ask: &Ask, user: Option<User>, landlock: u8) -> (Vec<Breach>, Option<String>) {
    let unusable = ask.usable.iter().find_map(|folder| files::unusable(folder));
    let mut breaches: Vec<Breach> = own::privileges(user).into_iter().collect();
    breaches.extend(own::descriptors());
    breaches.extend(processes::open());
    breaches.extend(sockets::reachable(ask, user.is_some()));
    breaches.extend(files::steering(&ask.steering));
    breaches.extend(files::credentials(&ask.credentials));
    breaches.extend(ask.workspace.as_deref().and_then(files::writable));
    if user.is_none() && landlock < WHOLE {
        let how = match landlock {
            0 => "it runs as the same user as airlock, and the kernel has no Landlock".to_owned(),
            version => format!("it runs as the same user as airlock, and Landlock {version} cannot keep files whole"),
        };
        breaches.push(Breach::new(Wall::Privileges, how));
    }
    (breaches, unusable)
}
