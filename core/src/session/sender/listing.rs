//! File lists going out: the sources are walked, and every directory's contents sent when it is its turn
//! (`docs/spec/wire-2-filelist.md` §3, §4). In: source arguments. Out: encoded lists, and where each file is.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::{GENERAL, Held, SentList, VANISHED, unknown};
use crate::checksum::file_sum::FileSum;
use crate::error::Result;
use crate::filter::{self, Filters};
use crate::session::delta_send::WireOutput as _;
use crate::session::failure::{Failure, system_words};
use crate::session::file_list::{self, FileList, sort};
use crate::session::ids::OutgoingNames;
use crate::session::outgoing::Outgoing;
use crate::session::receiver::count;
use crate::session::report::Report;
use crate::session::rule_files::TreeRules;
use crate::session::settings::OneFileSystem;
use crate::session::side::Side;
use crate::tree::{Directory, Status};
use crate::wire::file_entry::{
    Details, DirectoryRole, EntryEncoder, FileEntry, FileKind, HardLink, ListForm, Names,
};
use crate::wire::id_list;
use crate::wire::index::{Index, IndexCoder};
use crate::wire::limits;

/// Entries that lists are sent ahead of the file being asked for (§3.4).
const AHEAD: usize = 1000;

/// Something to send, as the operator named it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The directory that names are relative to.
    base: PathBuf,
    /// The entry in it; `.` sends the contents of `base`.
    name: Vec<u8>,
}

impl Source {
    /// Splits a source argument (§4.1).
    pub(crate) fn of(argument: &Path) -> Source {
        let bytes = argument.as_os_str().as_bytes();
        let trimmed = {
            let mut end = bytes;
            while let [rest @ .., b'/'] = end {
                end = rest;
            }
            end
        };
        let last = trimmed.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let contents = bytes.is_empty() || bytes.ends_with(b"/") || matches!(last, b"." | b"..");
        if contents {
            let base = if bytes.is_empty() { Path::new(".") } else { argument };
            return Source { base: base.to_owned(), name: b".".to_vec() };
        }
        let before = trimmed.len() - last.len();
        let base = match trimmed.get(..before) {
            Some(base) if !base.is_empty() => PathBuf::from(OsStr::from_bytes(base)),
            _ => PathBuf::from("."),
        };
        Source { base, name: last.to_vec() }
    }
}

/// A directory that names of entries are relative to, and the rules below it.
struct Base<'a> {
    directory: Directory,
    rules: TreeRules<'a>,
}

/// A directory whose list has not been sent.
struct Unsent {
    number: i32,
    entry: FileEntry,
    bases: Vec<u32>,
}

pub(super) struct Listing<'a> {
    side: &'a Side<'a>,
    form: ListForm,
    encoder: EntryEncoder,
    coder: IndexCoder,
    sources: Vec<Source>,
    filters: Arc<Filters>,
    bases: Vec<Base<'a>>,
    /// Depth first: the next one is the last.
    unsent: Vec<Unsent>,
    directories: i32,
    held: Held,
    next_first: i32,
    /// Entries sent in all lists.
    entries: usize,
    /// Entries sent up to the list that was last asked about.
    reached: usize,
    /// Entries up to the end of each held list.
    ends: std::collections::VecDeque<usize>,
    lists_end_sent: bool,
    /// Wire index of the first name of a file with several.
    hard_links: HashMap<(u64, u64), i32>,
    /// What owners and groups are called here.
    names: OutgoingNames,
    /// The directory of the file that was last opened.
    opened: Option<(u32, Vec<u8>, Directory)>,
}

impl<'a> Listing<'a> {
    pub(super) fn new(
        side: &'a Side<'a>,
        sources: Vec<Source>,
        filters: Arc<Filters>,
    ) -> Result<Listing<'a>> {
        let form = file_list::form(side.settings, &side.agreement);
        Ok(Listing {
            side,
            filters,
            encoder: EntryEncoder::new(form.clone()),
            form,
            coder: IndexCoder::default(),
            sources,
            bases: Vec::new(),
            unsent: Vec::new(),
            directories: 0,
            held: Held::new(),
            next_first: i32::from(side.agreement.is_incremental()),
            entries: 0,
            reached: 0,
            ends: std::collections::VecDeque::new(),
            lists_end_sent: false,
            hard_links: HashMap::new(),
            names: OutgoingNames::default(),
            opened: None,
        })
    }

    /// The coder of everything that this side says about indexes.
    pub(super) fn coder(&mut self) -> &mut IndexCoder {
        &mut self.coder
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    pub(super) fn send_first(&mut self, outgoing: &mut Outgoing, report: &mut Report) -> Result<()> {
        let began = Instant::now();
        let mut building = Building::new(self.next_first);
        for source in std::mem::take(&mut self.sources) {
            match self.side.paths.open(&source.base) {
                Ok(directory) => {
                    let number = self.bases.len() as u32;
                    let (side, paths) = (filter::Side::Sender, self.side.paths);
                    let rules = TreeRules::new(&self.filters, side, paths, &paths.absolute(&source.base));
                    self.bases.push(Base { directory, rules });
                    self.argument(&source, number, &mut building, outgoing)?;
                }
                Err(error) => {
                    self.complain(outgoing, source.base.as_os_str().as_encoded_bytes(), "change_dir", error);
                    self.side.link.note_io_error(GENERAL);
                }
            }
        }
        let written = self.finish(building, None, &[], outgoing, report)?;
        report.list_build_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if !self.side.agreement.is_incremental() && !self.side.settings.numeric_ids {
            self.send_ids(outgoing);
        }
        report.list_bytes += written as u64;
        self.reached = self.entries;
        self.say_lists_end(outgoing)
    }

    /// Sends lists until enough is known ahead of the generator.
    pub(super) fn run_ahead(&mut self, outgoing: &mut Outgoing, report: &mut Report) -> Result<()> {
        while self.entries - self.reached < AHEAD {
            let Some(next) = self.unsent.pop() else { break };
            self.coder.encode(Index::List(next.number), outgoing.data());
            let mut building = Building::new(self.next_first);
            if next.entry.role.has_content() {
                for base in &next.bases {
                    self.contents(*base, &next.entry.name, &mut building, outgoing)?;
                }
            }
            let written = self.finish(building, Some(next.entry), &next.bases, outgoing, report)?;
            report.list_bytes += written as u64;
        }
        self.say_lists_end(outgoing)
    }

    fn say_lists_end(&mut self, outgoing: &mut Outgoing) -> Result<()> {
        if self.side.agreement.is_incremental() && self.unsent.is_empty() && !self.lists_end_sent {
            self.lists_end_sent = true;
            self.coder.encode(Index::ListsEnd, outgoing.data());
        }
        outgoing.checkpoint()
    }

    /// The list of an index that was asked about.
    pub(super) fn request(&mut self, index: i32) -> Result<Arc<SentList>> {
        let after = self.held.partition_point(|sent| sent.list.first - 1 <= index);
        let position = after.checked_sub(1).ok_or_else(|| unknown(index))?;
        let sent =
            self.held.get(position).filter(|sent| sent.list.covers(index)).ok_or_else(|| unknown(index))?;
        let sent = Arc::clone(sent);
        self.note_reached(position);
        Ok(sent)
    }

    /// Forgets the oldest list; whether that leaves another one. Without incremental recursion nothing is forgotten.
    pub(super) fn finish_oldest(&mut self) -> bool {
        if !self.side.agreement.is_incremental() || self.held.is_empty() {
            return false;
        }
        self.held.pop_front();
        self.ends.pop_front();
        // The receiving side is at work on the next list, although it may have nothing to ask for in it.
        self.note_reached(0);
        !self.held.is_empty()
    }

    /// The receiving side has come as far as the list at `position` of those held, or to the end of them all.
    fn note_reached(&mut self, position: usize) {
        let end = self.ends.get(position).copied().unwrap_or(self.entries);
        self.reached = self.reached.max(end);
    }

    /// Opens a file for reading, with its size now.
    pub(super) fn open(&mut self, sent: &SentList, index: i32) -> io::Result<(File, u64)> {
        let entry = sent.list.entry(index).ok_or(io::ErrorKind::NotFound)?;
        let base = sent.base_of(index).ok_or(io::ErrorKind::NotFound)?;
        let (directory, name) = self.locate(base, &entry.name)?;
        let file = directory.open_file(name)?;
        let status = Directory::status_of(&file)?;
        if !status.is_regular() {
            return Err(io::Error::other("it is no regular file any more"));
        }
        Ok((file, status.size))
    }

    fn locate<'n>(&'n mut self, base: u32, name: &'n [u8]) -> io::Result<(&'n Directory, &'n [u8])> {
        let root = &self.bases.get(base as usize).ok_or(io::ErrorKind::NotFound)?.directory;
        let Some(slash) = name.iter().rposition(|&byte| byte == b'/') else {
            return Ok((root, name));
        };
        let (parent, last) = name.split_at(slash);
        let last = last.get(1..).unwrap_or_default();
        let is_open = matches!(&self.opened, Some((of, held, _)) if *of == base && held == parent);
        if !is_open {
            self.opened = Some((base, parent.to_vec(), root.descend(parent)?));
        }
        let (_, _, directory) = self.opened.as_ref().ok_or(io::ErrorKind::NotFound)?;
        Ok((directory, last))
    }

    fn argument(
        &mut self,
        source: &Source,
        base: u32,
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let settings = self.side.settings;
        let contents = source.name == b".";
        let status = match self.bases.get(base as usize) {
            Some(base) if contents => base.directory.status_followed(&source.name),
            Some(base) => base.directory.status(&source.name),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        let status = match status {
            Ok(status) => status,
            Err(error) => {
                let name = source.base.join(OsStr::from_bytes(&source.name));
                // What is missing is no I/O error (§1.9).
                if error.kind() != io::ErrorKind::NotFound {
                    self.side.link.note_io_error(GENERAL);
                }
                self.complain(outgoing, name.as_os_str().as_encoded_bytes(), "link_stat", error);
                return Ok(());
            }
        };
        let rules = self.bases.get(base as usize).map(|base| base.rules.outside());
        if !contents && rules.is_some_and(|rules| rules.excludes(&source.name, status.is_directory())) {
            return Ok(());
        }
        if status.is_directory() && !settings.recurse && !settings.directories {
            self.skip_directory(&source.name, outgoing);
            return Ok(());
        }
        let role = if settings.recurse || contents { DirectoryRole::Top } else { DirectoryRole::NoContent };
        let name = source.name.clone();
        self.add(base, name, None, &status, role, building, outgoing)?;
        if status.is_directory() && contents {
            self.contents(base, b".", building, outgoing)?;
        } else if status.is_directory() && settings.recurse && !self.side.agreement.is_incremental() {
            self.contents(base, &source.name, building, outgoing)?;
        }
        Ok(())
    }

    /// What is in a directory: all of it, or with incremental recursion one level.
    fn contents(
        &mut self,
        base: u32,
        directory: &[u8],
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let root = self.bases.get_mut(base as usize).ok_or_else(|| unknown(0))?;
        let listed = root.directory.descend(directory).and_then(|held| Ok((held.list()?, held)));
        let (found, held) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                let vanished = error.kind() == io::ErrorKind::NotFound;
                self.side.link.note_io_error(if vanished { VANISHED } else { GENERAL });
                self.complain(outgoing, directory, "opendir", error);
                return Ok(());
            }
        };
        let rules = root.rules.within(directory, &root.directory)?;
        let descend = self.side.settings.recurse && !self.side.agreement.is_incremental();
        let device = match self.side.settings.one_file_system {
            OneFileSystem::No => None,
            _ => held.status(b".").ok().map(|status| status.identity.0),
        };
        let mut below = Vec::new();
        for entry in found {
            let name =
                if directory == b"." { entry.name.clone() } else { [directory, b"/", &entry.name].concat() };
            if name.len() > limits::PATH {
                self.side.link.note_io_error(GENERAL);
                self.complain(outgoing, &name, "list", io::ErrorKind::InvalidFilename.into());
                continue;
            }
            let status = held.status(&entry.name);
            let status = match status {
                Ok(status) => status,
                Err(error) => {
                    let vanished = error.kind() == io::ErrorKind::NotFound;
                    self.side.link.note_io_error(if vanished { VANISHED } else { GENERAL });
                    self.complain(outgoing, &name, "stat", error);
                    continue;
                }
            };
            if rules.excludes(&name, status.is_directory()) {
                continue;
            }
            let is_mount_point =
                status.is_directory() && device.is_some_and(|device| device != status.identity.0);
            if is_mount_point && self.side.settings.one_file_system == OneFileSystem::WithoutMountPoints {
                continue;
            }
            let role = if self.side.settings.recurse && !is_mount_point {
                DirectoryRole::Content
            } else {
                DirectoryRole::NoContent
            };
            if status.is_directory() && descend && !is_mount_point {
                below.push(name.clone());
            }
            self.add(base, name, Some((&held, &entry.name)), &status, role, building, outgoing)?;
        }
        drop(held);
        below.iter().try_for_each(|name| self.contents(base, name, building, outgoing))
    }

    /// Adds one entry to the list that is being built, and sends it.
    #[expect(clippy::too_many_arguments, reason = "an entry and the three places it goes to")]
    fn add(
        &mut self,
        base: u32,
        name: Vec<u8>,
        place: Option<(&Directory, &[u8])>,
        status: &Status,
        role: DirectoryRole,
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let Some(kind) = status.kind() else { return Ok(()) };
        let (directory, last) = match (place, self.bases.get(base as usize)) {
            (Some(place), _) => place,
            (None, Some(base)) => (&base.directory, name.as_slice()),
            (None, None) => return Ok(()),
        };
        let mut details = Details::default();
        if kind == FileKind::Symlink && self.form.links {
            match directory.read_link(last) {
                Ok(target) if !target.is_empty() => details.target = target.into(),
                other => {
                    let error = other.err().unwrap_or_else(|| io::ErrorKind::InvalidData.into());
                    self.side.link.note_io_error(GENERAL);
                    self.complain(outgoing, &name, "readlink", error);
                    return Ok(());
                }
            }
        }
        if self.form.access_times && kind != FileKind::Directory {
            details.accessed = status.accessed;
        }
        if matches!(kind, FileKind::CharDevice | FileKind::BlockDevice) && self.form.devices {
            details.device = status.device;
        }
        if let (FileKind::Regular, Some(length)) = (kind, self.form.checksum_length) {
            details.checksum = self.checksum(directory, last, length);
        }
        let hard_link = self.hard_link(kind, status, building);
        let has_size = matches!(kind, FileKind::Regular | FileKind::Symlink | FileKind::Directory);
        let entry = FileEntry {
            name: name.into(),
            mode: self.side.settings.changed_mode(status.mode),
            size: if has_size { status.size } else { 0 },
            modified: status.modified,
            nanoseconds: status.nanoseconds,
            uid: status.uid,
            gid: status.gid,
            role: if kind == FileKind::Directory { role } else { DirectoryRole::Content },
            hard_link,
            details: (details != Details::default()).then(|| Box::new(details)),
        };
        let names = if self.side.settings.numeric_ids {
            Names::default()
        } else {
            self.names.announce(entry.uid, entry.gid)
        };
        self.encoder.encode(&entry, names, &building.entries, building.first, outgoing.data());
        building.entries.push(entry);
        building.bases.push(base);
        outgoing.checkpoint()
    }

    fn hard_link(&mut self, kind: FileKind, status: &Status, building: &Building) -> Option<HardLink> {
        if !self.form.hard_links || kind == FileKind::Directory || status.links < 2 {
            return None;
        }
        let index = building.first.saturating_add(i32::try_from(building.entries.len()).ok()?);
        let group = *self.hard_links.entry(status.identity).or_insert(index);
        Some(HardLink { group, first: group == index })
    }

    /// A file's checksum for `-c`; zeros if it cannot be read.
    fn checksum(&self, directory: &Directory, name: &[u8], length: usize) -> Box<[u8]> {
        use std::io::Read;
        let mut sum = FileSum::new(self.side.agreement.list_checksum);
        let read = directory.open_file(name).and_then(|mut file| {
            let mut piece = vec![0; 256 * 1024];
            loop {
                match file.read(&mut piece)? {
                    0 => return Ok(()),
                    count => sum.update(piece.get(..count).unwrap_or_default()),
                }
            }
        });
        let mut digest = if read.is_ok() { sum.finish().to_vec() } else { vec![0; length] };
        digest.truncate(length);
        digest.into()
    }

    /// Ends a list, sorts it, and numbers the directories in it.
    fn finish(
        &mut self,
        building: Building,
        directory: Option<FileEntry>,
        bases: &[u32],
        outgoing: &mut Outgoing,
        report: &mut Report,
    ) -> Result<usize> {
        let io_error = self.side.link.io_error.load(std::sync::atomic::Ordering::Relaxed);
        let before = outgoing.data().len();
        self.encoder.end(if self.side.settings.ignore_errors { 0 } else { io_error }, outgoing.data());
        let written = outgoing.data().len().saturating_sub(before);
        let Building { first, mut entries, bases: each } = building;
        let is_first = directory.is_none();
        let of_each = if each.iter().all(|base| Some(base) == each.first()) {
            sort(&mut entries);
            vec![each.first().or(bases.first()).copied().unwrap_or(0)]
        } else {
            let mut pairs: Vec<(FileEntry, u32)> = entries.into_iter().zip(each).collect();
            pairs.sort_by(|(a, _), (b, _)| {
                file_list::compare((&a.name, a.is_directory()), (&b.name, b.is_directory()))
            });
            let each;
            (entries, each) = pairs.into_iter().unzip();
            each
        };
        let root = entries.first().filter(|entry| is_first && *entry.name == *b".").cloned();
        let directory = if self.side.agreement.is_incremental() { directory.or(root) } else { None };
        let list = FileList { first, directory, entries, dropped: Vec::new() };
        count(&list, report);
        self.entries += list.entries.len();
        self.next_first = list.end().checked_add(1).ok_or_else(|| unknown(i32::MAX))?;
        let sent = SentList { list, bases: of_each };
        if self.side.agreement.is_incremental() {
            self.number_directories(&sent);
        }
        self.held.push_back(Arc::new(sent));
        self.ends.push_back(self.entries);
        outgoing.checkpoint()?;
        Ok(written)
    }

    /// Every directory gets a number, and all but roots and repeats a list of their own (§3.2, §3.3).
    fn number_directories(&mut self, sent: &SentList) {
        let mut new: Vec<Unsent> = Vec::new();
        for (position, entry) in
            sent.list.entries.iter().enumerate().filter(|(_, entry)| entry.is_directory())
        {
            let number = self.directories;
            self.directories += 1;
            if *entry.name == *b"." {
                continue;
            }
            let base = sent.base_of(sent.list.index_of(position)).unwrap_or(0);
            match new.last_mut().filter(|before| before.entry.name == entry.name) {
                Some(before) => {
                    before.bases.push(base);
                    if entry.role.has_content() {
                        before.entry.role = entry.role;
                    }
                }
                None => new.push(Unsent { number, entry: entry.clone(), bases: vec![base] }),
            }
        }
        self.unsent.extend(new.into_iter().rev());
    }

    fn send_ids(&mut self, outgoing: &mut Outgoing) {
        let names_zero = self.form.compat.has(crate::wire::compat::CompatFlags::ID_ZERO_NAMES);
        if self.form.owner {
            id_list::encode(&self.names.users(), names_zero, outgoing.data());
        }
        if self.form.group {
            id_list::encode(&self.names.groups(), names_zero, outgoing.data());
        }
    }

    /// Tells of a source that cannot be listed: the user of this side, or the client.
    fn complain(&self, outgoing: &mut Outgoing, name: &[u8], action: &'static str, error: io::Error) {
        if self.side.is_client {
            self.side.fail(Failure::os(name, action, error));
        } else {
            let name = String::from_utf8_lossy(name);
            let text = format!("rsync: [sender] {action} \"{name}\" failed: {}\n", system_words(&error));
            outgoing.message(&crate::wire::mux::Message::TransferError(text.into_bytes()));
        }
    }

    fn skip_directory(&self, name: &[u8], outgoing: &mut Outgoing) {
        let text = [b"skipping directory ", name, b"\n"].concat();
        if self.side.is_client {
            self.side.events.send(crate::session::report::Event::Message {
                level: crate::session::report::MessageLevel::Info,
                text,
            });
        } else {
            outgoing.message(&crate::wire::mux::Message::Info(text));
        }
    }
}

/// A list in the making, in the order of the wire.
struct Building {
    first: i32,
    entries: Vec<FileEntry>,
    bases: Vec<u32>,
}

impl Building {
    fn new(first: i32) -> Building {
        Building { first, entries: Vec::new(), bases: Vec::new() }
    }
}
