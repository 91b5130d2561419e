//! How far this end has come. In: lists as they are known, entries that are done with, bytes of the current file. Out: progress
//! events, a few a second.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::event::{Event, FileProgress, Progress, TransferProgress};
use crate::session::events::Events;
use crate::session::file_list::FileList;
use crate::wire::file_entry::FileEntry;

/// The least time between two events, unless the end of each file is told.
const INTERVAL: Duration = Duration::from_millis(50);

/// The bytes of an entry that count: the content of files, the targets of links.
pub(crate) fn bytes_of(entry: &FileEntry) -> u64 {
    if entry.is_regular() || !entry.target().is_empty() { entry.size } else { 0 }
}

/// What the threads of a session tell of their progress.
///
/// The receiving side counts entry by entry ([`passed`](Tracker::passed)). The sending side hears of nothing that is left as it
/// is: requests come in the order of the lists, and everything before one is done with ([`reached_entry`](Tracker::reached_entry)).
pub(crate) struct Tracker {
    events: Events,
    /// Whether the end of every file is told, however soon it comes.
    tells_each_file: bool,
    state: Mutex<State>,
}

struct State {
    lists: VecDeque<Known>,
    /// The index up to which a sending side is done, and the bytes up to there.
    cursor: (i32, u64),
    counts_by_requests: bool,
    bytes_done: u64,
    shown: TransferProgress,
    told_at: Instant,
}

/// A list that was counted.
struct Known {
    first: i32,
    /// Entries and bytes in the lists before it.
    before: (u64, u64),
}

impl Tracker {
    pub(crate) fn new(events: Events, tells_each_file: bool) -> Tracker {
        let state = State {
            lists: VecDeque::new(),
            cursor: (0, 0),
            counts_by_requests: false,
            bytes_done: 0,
            shown: TransferProgress::default(),
            told_at: Instant::now(),
        };
        Tracker { events, tells_each_file, state: Mutex::new(state) }
    }

    /// A list is known.
    pub(crate) fn listed(&self, list: &FileList) {
        let mut state = self.lock();
        let before = (state.shown.files_total, state.shown.overall.bytes_total);
        state.lists.push_back(Known { first: list.first, before });
        state.shown.files_total += list.entries.len() as u64;
        let used = list.entries.iter().enumerate().filter(|(position, _)| !list.is_dropped(*position));
        let bytes = used.fold(0u64, |sum, (_, entry)| sum.saturating_add(bytes_of(entry)));
        state.shown.overall.bytes_total = before.1.saturating_add(bytes);
    }

    /// Nothing more of the oldest list will be transferred.
    pub(crate) fn forget_oldest(&self) {
        self.lock().lists.pop_front();
    }

    /// No more lists will come.
    pub(crate) fn lists_end(&self) {
        self.lock().shown.overall.total_is_final = true;
    }

    /// One entry is done with: left as it is, made without content, or given up.
    pub(crate) fn passed(&self, entry: Option<&FileEntry>) {
        let mut state = self.lock();
        state.count(entry.map_or(0, bytes_of));
        self.tell_if_due(&mut state);
    }

    /// The sending side was asked about `index` of `list`: what comes before it is done with.
    pub(crate) fn reached_entry(&self, list: &FileList, index: i32) {
        let mut state = self.lock();
        state.counts_by_requests = true;
        let (reached, bytes) = state.cursor;
        if index <= reached {
            return;
        }
        let Some(known) = state.list_of(list.first) else { return };
        let (from, bytes) =
            if reached >= list.first { (reached, bytes) } else { (list.first, known.before.1) };
        let place = |index: i32| usize::try_from(index.saturating_sub(list.first)).unwrap_or(0);
        let between = list.entries.get(place(from)..place(index)).unwrap_or_default();
        let bytes = between.iter().fold(bytes, |sum, entry| sum.saturating_add(bytes_of(entry)));
        let files = known.before.0 + place(index) as u64;
        state.cursor = (index, bytes);
        state.bytes_done = state.bytes_done.max(bytes);
        state.shown.files_done = state.shown.files_done.max(files);
    }

    /// The content of a file begins to cross the connection.
    pub(crate) fn begin(&self, index: i32, entry: &FileEntry) {
        let mut state = self.lock();
        let known = state.list_of(index);
        let position = known.map_or(0, |known| known.before.0 + u64::from(index.abs_diff(known.first)) + 1);
        state.shown.file = Some(FileProgress {
            name: entry.name.to_vec(),
            position,
            bytes_done: 0,
            bytes_total: entry.size,
            is_complete: false,
        });
        self.tell_if_due(&mut state);
    }

    /// `offset` bytes of the current file are done with.
    pub(crate) fn reached(&self, offset: u64) {
        let mut state = self.lock();
        if let Some(file) = &mut state.shown.file {
            file.bytes_done = file.bytes_done.max(offset.min(file.bytes_total));
        }
        self.tell_if_due(&mut state);
    }

    /// All of the current file has been transferred.
    pub(crate) fn complete(&self) {
        let mut state = self.lock();
        state.shown.files_transferred += 1;
        let Some(file) = &mut state.shown.file else { return };
        file.bytes_done = file.bytes_total;
        file.is_complete = true;
        let size = file.bytes_total;
        state.shown.transferred_bytes = state.shown.transferred_bytes.saturating_add(size);
        if !state.counts_by_requests {
            state.count(size);
        }
        if self.tells_each_file { self.tell(&mut state) } else { self.tell_if_due(&mut state) }
    }

    /// The current file was not transferred, or not completely.
    pub(crate) fn abandon(&self) {
        self.lock().shown.file = None;
    }

    /// The session has come to its end: everything is done with.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.bytes_done = state.shown.overall.bytes_total;
        state.shown.files_done = state.shown.files_total;
        state.shown.overall.total_is_final = true;
        state.shown.file = None;
        self.tell(&mut state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_if_due(&self, state: &mut State) {
        if state.told_at.elapsed() >= INTERVAL {
            self.tell(state);
        }
    }

    fn tell(&self, state: &mut State) {
        state.told_at = Instant::now();
        let mut progress = state.shown.clone();
        let under_way =
            progress.file.as_ref().filter(|file| !file.is_complete).map_or(0, |file| file.bytes_done);
        progress.transferred_bytes = progress.transferred_bytes.saturating_add(under_way);
        let Progress { bytes_done, bytes_total, .. } = state.shown.overall;
        // A file that is sent again has been counted as far as it came before.
        let done = state.bytes_done.saturating_add(under_way).min(bytes_total).max(bytes_done);
        state.shown.overall.bytes_done = done;
        progress.overall.bytes_done = done;
        progress.files_done = progress.files_done.min(progress.files_total);
        self.events.send(Event::Progress(Box::new(progress)));
    }
}

impl State {
    /// The list that an index belongs to.
    fn list_of(&self, index: i32) -> Option<&Known> {
        self.lists
            .partition_point(|known| known.first <= index)
            .checked_sub(1)
            .and_then(|at| self.lists.get(at))
    }

    fn count(&mut self, bytes: u64) {
        self.shown.files_done += 1;
        self.bytes_done = self.bytes_done.saturating_add(bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;

    use super::*;

    fn list(first: i32, sizes: &[u64]) -> FileList {
        let entry = |&size| FileEntry { size, ..FileEntry::named(b"x", 0o100_644) };
        let entries = sizes.iter().map(entry).collect();
        FileList {
            first,
            directory: None,
            entries,
            order: crate::session::file_list::Order::Tree,
            is_mixed: false,
            dropped: Vec::new(),
        }
    }

    fn told(events: &Receiver<Event>) -> Vec<TransferProgress> {
        let progress = |event| match event {
            Event::Progress(progress) => Some(*progress),
            _ => None,
        };
        events.try_iter().filter_map(progress).collect()
    }

    #[test]
    fn a_request_says_that_everything_before_it_is_done_with() {
        let (events, incoming) = Events::channel();
        let tracker = Tracker::new(events, true);
        let lists = [list(1, &[10, 20, 30]), list(5, &[40, 50])];
        lists.iter().for_each(|list| tracker.listed(list));
        for (list, index) in [(&lists[0], 2), (&lists[1], 6), (&lists[0], 1)] {
            tracker.reached_entry(list, index);
            let entry = list.entry(index).unwrap();
            tracker.begin(index, entry);
            tracker.reached(5);
            tracker.reached_entry(list, index + 1);
            tracker.complete();
        }
        tracker.end();
        let seen: Vec<_> = told(&incoming)
            .into_iter()
            .map(|seen| {
                let position = seen.file.map_or(0, |file| file.position);
                (seen.overall.bytes_done, seen.files_done, position, seen.transferred_bytes)
            })
            .collect();
        // The last file comes a second time: nothing runs backwards.
        assert_eq!(seen, [(30, 2, 2, 20), (150, 5, 5, 70), (150, 5, 1, 80), (150, 5, 0, 80)]);
    }

    #[test]
    fn entries_that_are_left_as_they_are_count_as_well_as_files_that_arrive() {
        let (events, incoming) = Events::channel();
        let tracker = Tracker::new(events, true);
        let list = list(0, &[10, 20, 30]);
        tracker.listed(&list);
        tracker.passed(list.entry(0));
        tracker.begin(1, list.entry(1).unwrap());
        tracker.complete();
        tracker.begin(2, list.entry(2).unwrap());
        tracker.abandon();
        tracker.passed(list.entry(2));
        tracker.end();
        let seen = told(&incoming);
        let of =
            |seen: &TransferProgress| (seen.overall.bytes_done, seen.overall.bytes_total, seen.files_done);
        assert_eq!(seen.iter().map(of).collect::<Vec<_>>(), [(30, 60, 2), (60, 60, 3)]);
        assert_eq!((seen[1].files_transferred, seen[1].transferred_bytes), (1, 20));
    }

    #[test]
    fn quick_work_tells_only_its_end() {
        let (events, incoming) = Events::channel();
        let tracker = Tracker::new(events, false);
        let list = list(0, &[1; 100]);
        tracker.listed(&list);
        (0..100).for_each(|index| tracker.passed(list.entry(index)));
        tracker.end();
        let last = told(&incoming).pop().unwrap();
        assert_eq!((last.files_done, last.overall), (100, Progress::new(100, 100, true)));
    }
}
