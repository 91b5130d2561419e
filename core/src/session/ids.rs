//! Owners and groups of the sending side as ids of this one (`docs/spec/wire-2-filelist.md` §1.6.5, §1.8, §5.2).
//! In: ids and their names there. Out: ids here; and for a side that sends, the names of its ids.

use std::collections::HashMap;

use crate::tree::ids;
use crate::wire::file_entry::Names;
use crate::wire::id_list::IdName;

/// A name's id on this system.
type Lookup = fn(&[u8]) -> Option<u32>;

/// Maps ids by the names that came with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdMap {
    users: HashMap<u32, u32>,
    groups: HashMap<u32, u32>,
    lookup: Option<(Lookup, Lookup)>,
}

impl IdMap {
    /// Maps nothing: ids are used as they are.
    pub(crate) fn numeric() -> IdMap {
        IdMap::default()
    }

    /// Maps ids to those that have their names on this system.
    pub(crate) fn by_name() -> IdMap {
        IdMap { lookup: Some((ids::user_id, ids::group_id)), ..IdMap::default() }
    }

    /// Notes that the sending side calls user `id` by `name`.
    pub(crate) fn name_user(&mut self, id: u32, name: &[u8]) {
        if let Some((users, _)) = self.lookup {
            self.users.entry(id).or_insert_with(|| local(id, name, users));
        }
    }

    /// Notes that the sending side calls group `id` by `name`.
    pub(crate) fn name_group(&mut self, id: u32, name: &[u8]) {
        if let Some((_, groups)) = self.lookup {
            self.groups.entry(id).or_insert_with(|| local(id, name, groups));
        }
    }

    /// The user here that user `id` there is.
    pub(crate) fn user(&self, id: u32) -> u32 {
        self.users.get(&id).copied().unwrap_or(id)
    }

    /// The group here that group `id` there is.
    pub(crate) fn group(&self, id: u32) -> u32 {
        self.groups.get(&id).copied().unwrap_or(id)
    }
}

/// Id 0 stays what it is, whatever its name.
fn local(id: u32, name: &[u8], lookup: Lookup) -> u32 {
    if id == 0 || name.is_empty() { id } else { lookup(name).unwrap_or(id) }
}

/// The owners and groups of what is sent, with their names on this system.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutgoingNames {
    users: HashMap<u32, Option<Vec<u8>>>,
    groups: HashMap<u32, Option<Vec<u8>>>,
}

impl OutgoingNames {
    /// The names of an entry's owner and group, each the first time that its id is asked about: no id is named twice.
    pub(crate) fn announce(&mut self, uid: u32, gid: u32) -> Names<'_> {
        Names {
            user: first_name(&mut self.users, uid, ids::user_name),
            group: first_name(&mut self.groups, gid, ids::group_name),
        }
    }

    /// The names of all users that were asked about, and that of id 0, which always goes out.
    pub(crate) fn users(&mut self) -> Vec<IdName> {
        list(&mut self.users, ids::user_name)
    }

    /// The same of groups.
    pub(crate) fn groups(&mut self) -> Vec<IdName> {
        list(&mut self.groups, ids::group_name)
    }
}

type Name = fn(u32) -> Option<Vec<u8>>;

fn first_name(seen: &mut HashMap<u32, Option<Vec<u8>>>, id: u32, name: Name) -> Option<&[u8]> {
    match seen.entry(id) {
        std::collections::hash_map::Entry::Occupied(_) => None,
        std::collections::hash_map::Entry::Vacant(unseen) => unseen.insert(name(id)).as_deref(),
    }
}

fn list(seen: &mut HashMap<u32, Option<Vec<u8>>>, name: Name) -> Vec<IdName> {
    seen.entry(0).or_insert_with(|| name(0));
    let named = |(&id, name): (&u32, &Option<Vec<u8>>)| Some(IdName { id, name: name.clone()? });
    seen.iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_their_names_and_zero_stays_zero() {
        let mut map = IdMap {
            lookup: Some((|name| (name == b"bob").then_some(7), |name| (name == b"staff").then_some(50))),
            ..IdMap::default()
        };
        map.name_user(1000, b"bob");
        map.name_user(1001, b"nobody here");
        map.name_user(0, b"bob");
        map.name_group(20, b"staff");
        for (there, here) in [(1000, 7), (1001, 1001), (0, 0), (5, 5)] {
            assert_eq!(map.user(there), here);
        }
        assert_eq!((map.group(20), map.group(7)), (50, 7));
        let mut numeric = IdMap::numeric();
        numeric.name_user(1000, b"root");
        assert_eq!(numeric.user(1000), 1000);
    }

    #[test]
    fn a_name_goes_out_once_and_the_lists_have_all_of_them() {
        let mut names = OutgoingNames::default();
        let (root, wheel) = (ids::user_name(0), ids::group_name(0));
        let first = names.announce(0, 0);
        assert_eq!((first.user, first.group), (root.as_deref(), wheel.as_deref()));
        let again = names.announce(0, 4_000_000_001);
        assert_eq!((again.user, again.group), (None, None));
        assert_eq!(names.users().len(), usize::from(root.is_some()));
        assert_eq!(names.groups().len(), usize::from(wheel.is_some()));
    }
}
