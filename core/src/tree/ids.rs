//! Users and groups (`docs/spec/wire-2-filelist.md` §5). In: ids and names. Out: the other ones on this system, and what
//! this process may do.

use rustix::process;

use super::sys;

/// The name of the user with this id; `None` if the system knows none.
pub fn user_name(id: u32) -> Option<Vec<u8>> {
    sys::user_name(id)
}

/// The id of the user with this name; `None` if the system knows none.
pub fn user_id(name: &[u8]) -> Option<u32> {
    sys::user_id(name)
}

/// The name of the group with this id; `None` if the system knows none.
pub fn group_name(id: u32) -> Option<Vec<u8>> {
    sys::group_name(id)
}

/// The id of the group with this name; `None` if the system knows none.
pub fn group_id(name: &[u8]) -> Option<u32> {
    sys::group_id(name)
}

/// Which owners and groups this process may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privileges {
    root: bool,
    groups: Vec<u32>,
}

impl Privileges {
    /// Those of the effective user and group and the supplementary groups of this process, as they are now.
    pub fn of_process() -> Privileges {
        // It fails only for a list that changes while it is read; then the effective group is what is certain.
        let mut groups: Vec<u32> =
            process::getgroups().unwrap_or_default().into_iter().map(process::Gid::as_raw).collect();
        groups.push(process::getegid().as_raw());
        groups.sort_unstable();
        groups.dedup();
        Privileges { root: process::geteuid().is_root(), groups }
    }

    /// Whether owners can be changed.
    pub fn is_root(&self) -> bool {
        self.root
    }

    /// Whether this process may give its files to the group `id`.
    pub fn may_set_group(&self, id: u32) -> bool {
        self.root || self.groups.binary_search(&id).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a database of this system, each as name and id.
    fn entries(path: &str) -> Vec<(Vec<u8>, u32)> {
        let text = std::fs::read_to_string(path).unwrap();
        let entry = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?.as_bytes().to_vec();
            Some((name, fields.nth(1)?.parse().ok()?))
        };
        text.lines().filter_map(entry).collect()
    }

    #[test]
    fn the_databases_are_read_in_both_directions() {
        let (users, groups) = (entries("/etc/passwd"), entries("/etc/group"));
        assert!(!users.is_empty() && !groups.is_empty());
        for (name, id) in users {
            assert_eq!(user_id(&name), Some(id));
            assert_eq!(user_name(id).and_then(|name| user_id(&name)), Some(id));
        }
        for (name, id) in groups {
            assert_eq!(group_id(&name), Some(id));
            assert_eq!(group_name(id).and_then(|name| group_id(&name)), Some(id));
        }
    }

    #[test]
    fn what_does_not_exist_has_no_name_and_no_id() {
        assert_eq!(user_name(4_000_000_001), None);
        assert_eq!(group_name(4_000_000_001), None);
        for name in [&b"no such name"[..], b"", b"ro\0ot", b"\xff"] {
            assert_eq!((user_id(name), group_id(name)), (None, None));
        }
    }

    #[test]
    fn a_user_may_set_only_its_own_groups() {
        let plain = Privileges { root: false, groups: vec![5, 100] };
        assert!(plain.may_set_group(5) && plain.may_set_group(100) && !plain.may_set_group(6));
        assert!(Privileges { root: true, groups: vec![] }.may_set_group(6));
        assert!(Privileges::of_process().may_set_group(process::getegid().as_raw()));
    }
}
