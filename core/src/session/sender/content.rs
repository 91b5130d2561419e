//! The content of one file, as the receiver asked for it (`docs/spec/wire-3-transfer.md` §2.7, §2.11). In: an open file and
//! block sums. Out: tokens and a digest.

use std::fs::File;

use super::{GENERAL, Sender};
use crate::error::{ErrorKind, Result};
use crate::event::Failure;
use crate::session::delta_send::{self, Request, Restriction, WireOutput};
use crate::session::outgoing::Outgoing;
use crate::session::passage::{Passed, is_passed};
use crate::session::settings::Append;
use crate::session::side::Side;
use crate::wire::block_sums::BlockSums;
use crate::wire::file_entry::FileEntry;
use crate::wire::item::{Basis, Item};
use crate::wire::mux::Message;
use crate::wire::tokens::Effort;

impl Sender<'_> {
    pub(super) fn send_content(
        &mut self,
        entry: &FileEntry,
        item: &Item,
        file: File,
        size: u64,
        sums: &BlockSums,
        again: bool,
    ) -> Result<()> {
        let settings = self.side.settings;
        let restriction = match settings.append {
            Append::Plain if !again => Restriction::Append,
            Append::Verify if !again => Restriction::AppendVerify,
            _ if settings.in_place && item.basis == Basis::Destination => Restriction::InPlace,
            _ => Restriction::Free,
        };
        if is_passed(entry, &sums.head) && self.outgoing.borrow().has_passage() {
            let (passed, news) = Passed::new(file, size);
            self.report.literal_bytes += size;
            self.side.link.count_written(passed.bytes_saved(self.side.agreement.checksum));
            let mut outgoing = self.outgoing.borrow_mut();
            outgoing.pass(passed)?;
            if let Some(news) = news {
                outgoing.flush()?;
                news.into_iter().for_each(|offset| self.side.progress.reached(offset));
            }
            return Ok(());
        }
        let effort = if settings.skip_compress.matches(&entry.name) { Effort::Store } else { Effort::Level };
        let request = Request { sums, summer: self.side.agreement.block_summer(), restriction, effort };
        let mut outgoing = self.outgoing.borrow_mut();
        let mut watched = Watched { outgoing: &mut outgoing, side: self.side };
        let sent = delta_send::send(&request, file, size, &mut self.tokens, &mut watched)?;
        self.report.literal_bytes += sent.literal;
        self.report.matched_bytes += sent.matched;
        if let Some(error) = sent.read_error {
            self.side.link.note_io_error(GENERAL);
            if self.side.is_client {
                self.side.fail(Failure::of(&entry.name, "read", ErrorKind::FileChanged, error.to_string()));
            } else {
                let name = String::from_utf8_lossy(&entry.name);
                let text = format!("rsync: [sender] read errors mapping \"{name}\": {error}\n");
                outgoing.message(&Message::TransferError(text.into_bytes()));
            }
        }
        Ok(())
    }
}

/// The connection, and how far the file has come.
struct Watched<'a> {
    outgoing: &'a mut Outgoing,
    side: &'a Side<'a>,
}

impl WireOutput for Watched<'_> {
    fn data(&mut self) -> &mut Vec<u8> {
        self.outgoing.data()
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.outgoing.checkpoint()
    }

    fn reached(&mut self, offset: u64) {
        self.side.progress.reached(offset);
    }
}
