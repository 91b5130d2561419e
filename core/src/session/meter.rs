//! How far a session is. In: what its threads list and work through. Out: [`Progress`] for the thread that runs it, at a rate a person
//! can read.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::event::Progress;
use crate::session::file_list::FileList;
use crate::session::report::{Event, Observer};

/// Between two reports. Observers in other languages, and people, need no more.
const INTERVAL: Duration = Duration::from_millis(100);

/// Bytes of regular files: in the lists so far, and dealt with so far.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    listed: AtomicU64,
    done: AtomicU64,
    lists_ended: AtomicBool,
}

impl Meter {
    /// A list is complete.
    pub(crate) fn list(&self, list: &FileList) {
        let sizes = list.entries.iter().enumerate().filter_map(|(position, entry)| {
            (entry.is_regular() && !list.is_dropped(position)).then_some(entry.size)
        });
        self.listed.fetch_add(sizes.fold(0, u64::saturating_add), Ordering::Relaxed);
    }

    /// No more lists will come.
    pub(crate) fn end_lists(&self) {
        self.lists_ended.store(true, Ordering::Relaxed);
    }

    /// `bytes` of a file were sent or received, or need not be.
    pub(crate) fn work(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    fn progress(&self) -> Progress {
        // The end is looked at first: what is listed by then is all there is.
        let ended = self.lists_ended.load(Ordering::Relaxed);
        let listed = self.listed.load(Ordering::Relaxed);
        // A file that is sent again counts once, and one that has grown only as long as it was.
        Progress::new(self.done.load(Ordering::Relaxed).min(listed), listed, ended)
    }
}

/// Passes a meter's progress to an observer.
pub(crate) struct Reports<'a> {
    meter: &'a Meter,
    at: Instant,
    last: Progress,
}

impl<'a> Reports<'a> {
    pub(crate) fn new(meter: &'a Meter) -> Reports<'a> {
        Reports { meter, at: Instant::now(), last: Progress::default() }
    }

    /// Reports if it is time and there is something new.
    pub(crate) fn report(&mut self, observer: &mut dyn Observer) -> ControlFlow<()> {
        if self.at.elapsed() < INTERVAL {
            return ControlFlow::Continue(());
        }
        self.at = Instant::now();
        let progress = self.meter.progress();
        if progress == self.last {
            return ControlFlow::Continue(());
        }
        self.last = progress;
        observer.event(&Event::Progress(progress))
    }

    /// Reports that all is done: what nobody asked for was up to date.
    pub(crate) fn finish(self, observer: &mut dyn Observer) -> ControlFlow<()> {
        let listed = self.meter.progress().bytes_total;
        observer.event(&Event::Progress(Progress::new(listed, listed, true)))
    }
}

/// A file whose bytes count as they are read.
pub(crate) struct Metered<'a, F> {
    file: F,
    meter: &'a Meter,
}

impl<'a, F> Metered<'a, F> {
    pub(crate) fn new(file: F, meter: &'a Meter) -> Metered<'a, F> {
        Metered { file, meter }
    }
}

impl<F: Read> Read for Metered<'_, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.meter.work(count as u64);
        Ok(count)
    }
}

impl<F: Seek> Seek for Metered<'_, F> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_passes_what_is_listed_and_ends_with_all_of_it() {
        let meter = Meter::default();
        meter.listed.store(100, Ordering::Relaxed);
        meter.work(60);
        assert_eq!(meter.progress(), Progress::new(60, 100, false));
        meter.end_lists();
        meter.work(60);
        assert_eq!(meter.progress(), Progress::new(100, 100, true));
    }

    #[test]
    fn reports_are_rare_and_tell_only_what_is_new() {
        let meter = Meter::default();
        meter.listed.store(100, Ordering::Relaxed);
        let mut told = Vec::new();
        let mut observer = |event: &Event| {
            if let Event::Progress(progress) = event {
                told.push(*progress);
            }
            ControlFlow::Continue(())
        };
        let mut reports = Reports::new(&meter);
        meter.work(1);
        let _ = reports.report(&mut observer);
        reports.at -= INTERVAL;
        let _ = reports.report(&mut observer);
        reports.at -= INTERVAL;
        let _ = reports.report(&mut observer);
        let _ = reports.finish(&mut observer);
        assert_eq!(told, [Progress::new(1, 100, false), Progress::new(100, 100, true)]);
    }

    #[test]
    fn what_is_read_counts_once() {
        let meter = Meter::default();
        meter.listed.store(10, Ordering::Relaxed);
        let mut file = Metered::new(io::Cursor::new([0; 5]), &meter);
        file.seek(SeekFrom::Start(2)).unwrap();
        io::copy(&mut file, &mut io::sink()).unwrap();
        assert_eq!(meter.progress().bytes_done, 3);
    }
}
