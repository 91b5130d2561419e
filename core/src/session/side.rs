//! What the roles of this end of a session share. In: settings, what was agreed on. Out: the same, at hand.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use crate::error::Result;
use crate::event::{Event, Failure, MOST_TOLD, MessageLevel};
use crate::session::attributes::Attributes;
use crate::session::channel::{Link, protocol_error};
use crate::session::events::Events;
use crate::session::handshake::Agreement;
use crate::session::notes::Note;
use crate::session::places::OwnPaths;
use crate::session::progress::Tracker;
use crate::session::settings::Settings;
use crate::wire::file_entry::{FileEntry, FileKind};
use crate::wire::item::ItemFlags;
use crate::wire::mux::Message;
use crate::wire::stats::ServerStats;
use crate::wire::tokens::{TokenDecoder, TokenEncoder};

/// This end.
pub(crate) struct Side<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) agreement: Agreement,
    pub(crate) link: &'a Arc<Link>,
    pub(crate) events: Events,
    pub(crate) progress: Tracker,
    pub(crate) attributes: Attributes<'a>,
    /// How this end's own paths are opened.
    pub(crate) paths: OwnPaths<'a>,
    /// It started the session, and tells the user about it.
    pub(crate) is_client: bool,
    /// Where a receiving side's messages to the other end go.
    pub(crate) generator: Option<Sender<Note>>,
    /// What a server that sends reported.
    pub(crate) server_stats: Mutex<Option<ServerStats>>,
    /// Files that the other end could not transfer.
    pub(crate) told: Mutex<Vec<Failure>>,
}

impl Side<'_> {
    /// A file could not be transferred: the session goes on, and ends with exit status 23.
    pub(crate) fn fail(&self, failure: Failure) {
        self.link.transfer_error.store(true, Ordering::Relaxed);
        if let (false, Some(generator)) = (self.is_client, &self.generator) {
            let text = format!(
                "rsync: [receiver] {} \"{}\" failed: {}\n",
                failure.action,
                String::from_utf8_lossy(&failure.name),
                failure.reason
            );
            // Without a generator the session is being stopped, and says why elsewhere.
            let _ = generator.send(Note::Message(Message::TransferError(text.into_bytes())));
        }
        self.events.failed(failure);
    }

    /// Tells that the destination was missing, and is made.
    pub(crate) fn say_created(&self, path: &Path) {
        if !self.settings.tells_changes || self.settings.list_only {
            return;
        }
        let path = path.as_os_str().as_bytes();
        let path = path.strip_suffix(b"/").filter(|path| !path.is_empty()).unwrap_or(path);
        let text = [b"created directory ", path, b"\n"].concat();
        match &self.generator {
            Some(generator) if !self.is_client => {
                // Without a generator the session is being stopped, and says why elsewhere.
                let _ = generator.send(Note::Message(Message::Info(text)));
            }
            _ => self.events.send(Event::Message { level: MessageLevel::Info, text }),
        }
    }

    /// The other end tells of a file that it could not transfer.
    pub(crate) fn note_told(&self, text: &[u8]) {
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.len() < MOST_TOLD {
            told.push(Failure::told(text));
        }
    }

    /// The flags of a change as the user is told of it: old protocols do not say whether links' times are set, which counts as
    /// that they are not, but in a sender's answers (`docs/spec/wire-4-older-protocols.md` §8.1).
    pub(crate) fn told_flags(&self, entry: &FileEntry, flags: ItemFlags) -> ItemFlags {
        let protocol = self.agreement.protocol;
        let is_answer = self.generator.is_some() && protocol.has_item_flags();
        let unsaid = entry.kind() == FileKind::Symlink && !protocol.has_compat_flags() && !is_answer;
        flags.with_if(unsaid, ItemFlags::SIZE)
    }

    pub(crate) fn note_server_stats(&self, stats: ServerStats) {
        *self.server_stats.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(stats);
    }

    pub(crate) fn token_decoder(&self) -> Result<TokenDecoder> {
        TokenDecoder::new(self.agreement.compression, self.agreement.protocol).map_err(protocol_error)
    }

    pub(crate) fn token_encoder(&self) -> Result<TokenEncoder> {
        TokenEncoder::new(self.agreement.compression, self.settings.compress_level, self.agreement.protocol)
    }
}
