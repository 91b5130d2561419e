//! Owners and groups of the sending side as ids of this one (`docs/spec/wire-2-filelist.md` §5.2).
//! In: ids and their names there. Out: ids here.

use std::collections::HashMap;

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
