//! A session from its first byte to its last. In: a connection and a [`Job`]. Out: a [`Report`].

use std::cell::RefCell;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Failure, MessageLevel, Observer, Report};
use crate::filter;
use crate::options::Direction;
use crate::session::alternates::Alternates;
use crate::session::attributes::Attributes;
use crate::session::backup::Backups;
use crate::session::channel::{Incoming, Link, Listening};
use crate::session::daemon::{self, DaemonRequest};
use crate::session::events::Events;
use crate::session::farewell::{self, abandoned};
use crate::session::file_list::{self, ListReader};
use crate::session::generator::Generator;
use crate::session::ids::IdMap;
use crate::session::names::Names;
use crate::session::notes::Note;
use crate::session::outgoing::{Outgoing, Speech, Wire};
use crate::session::passage::{Entrance, Exit, Passage};
use crate::session::places::OwnPaths;
use crate::session::progress::Tracker;
use crate::session::rule_files::TreeRules;
use crate::session::settings::Settings;
use crate::session::side::Side;
use crate::session::trust::Trust;
use crate::session::{destination, handshake, receiver, requirements, rules, sender};
use crate::transport::Connection;
use crate::wire::limits;
use crate::wire::mux::Message;
use crate::wire::stats::ServerStats;

/// How often the caller's thread looks at cancellation and timeouts while nothing happens.
const TICK: Duration = Duration::from_millis(25);
/// Events that are passed on between two looks at cancellation and timeouts.
const TOGETHER: usize = 256;
/// How long events are gathered while they come.
const GATHER: Duration = Duration::from_millis(1);
/// How long a client waits for the other end to close after the goodbye.
const LINGER: Duration = Duration::from_secs(10);

/// What this end does in a session.
#[derive(Clone, Debug)]
pub enum Role {
    /// Sends these files and directories, named as rsync's source arguments are.
    Send(Vec<PathBuf>),
    /// Receives into this directory, or for a single file to this name.
    Receive(PathBuf),
}

/// One session to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// What this end does.
    pub role: Role,
    /// The meaning of the options, the same at both ends.
    pub settings: Settings,
    /// `None` for a client. A server gets the capability letters from the client's arguments: the value of `-e`.
    pub capabilities: Option<String>,
    /// The directory that this end's paths have to be in, if there is one: then they are relative to it, and lead neither
    /// out of it nor over symbolic links.
    pub root: Option<PathBuf>,
    /// What a daemon at the other end is asked first.
    pub daemon: Option<DaemonRequest>,
}

/// Runs a session over `connection` to its end, on this thread and a few others.
///
/// # Errors
/// Everything that ends a session early. Files that could not be transferred are no error: they are in the report, whose
/// `exit_status` is then 23 to 25.
///
/// # Blocking
/// Until the session has ended. `observer` is called on this thread alone.
pub fn run(
    connection: Connection,
    job: &Job,
    cancel: &CancelToken,
    observer: &mut dyn Observer,
) -> Result<Report> {
    run_with(connection, Passage::None, job, cancel, observer)
}

/// The same, with an end of a passage whose other end belongs to the session at the other end of the connection.
pub(crate) fn run_with(
    connection: Connection,
    passage: Passage,
    job: &Job,
    cancel: &CancelToken,
    observer: &mut dyn Observer,
) -> Result<Report> {
    let Connection { reader, writer, interrupt, mut peer } = connection;
    let link = Arc::new(Link::new(interrupt, job.settings.timeout));
    let (events, incoming_events) = Events::channel();
    let mut failures = Vec::new();
    let outcome = thread::scope(|scope| {
        let session = scope.spawn(|| {
            let _alarm = link.alarm();
            let outcome = converse(reader, writer, passage, &link, job, events);
            // Whoever still waits for something learns that nothing will come.
            outcome.map_err(|error| link.stop(error))
        });
        loop {
            match incoming_events.recv_timeout(TICK) {
                Ok(event) => {
                    for event in std::iter::once(event).chain(incoming_events.try_iter().take(TOGETHER)) {
                        if let Event::Failed(failure) = &event {
                            failures.push(failure.clone());
                        }
                        if observer.event(&event).is_break() {
                            cancel.cancel();
                        }
                    }
                    // Waking this thread for each event would cost more than the events do.
                    thread::sleep(GATHER);
                }
                Err(RecvTimeoutError::Timeout) => {
                    if observer.tick().is_break() {
                        cancel.cancel();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            link.watch(cancel);
        }
        session.join().unwrap_or(Err(()))
    });
    let mut report = match outcome {
        Ok(report) => report,
        Err(()) => {
            let status = peer.as_mut().and_then(|peer| peer.abandon());
            let words = peer.map(|peer| peer.last_words()).unwrap_or_default();
            return Err(if cancel.is_cancelled() {
                Error::cancelled()
            } else {
                link.take_reason().behind(status, &words)
            });
        }
    };
    let peer_status = peer.as_mut().map(|peer| peer.wait(cancel)).transpose()?.unwrap_or(0);
    report.failures.extend(failures);
    if let Some(peer) = &peer
        && peer_status != 0
    {
        // A remote rsync writes errors about files to its own standard error, not to the connection.
        report.failures.extend(Failure::told_by_lines(&peer.last_words()));
    }
    report.exit_status = link.exit_status().max(u8::try_from(peer_status).unwrap_or(u8::MAX));
    Ok(report)
}

/// The session itself.
fn converse(
    reader: Box<dyn Read + Send>,
    mut writer: Box<dyn Write + Send>,
    passage: Passage,
    link: &Arc<Link>,
    job: &Job,
    events: Events,
) -> Result<Report> {
    let mut reader = Listening { reader, link: Arc::clone(link) };
    let receives = matches!(job.role, Role::Receive(_));
    let agreed = match &job.daemon {
        None => None,
        Some(request) => {
            let offer = job.settings.protocol;
            match daemon::ask(request, offer, &mut reader, &mut writer, &events)? {
                daemon::Outcome::Listed => return Ok(Report::default()),
                daemon::Outcome::Accepted(protocol) => Some(protocol),
            }
        }
    };
    let agreement = match &job.capabilities {
        None => handshake::as_client(&job.settings, receives, agreed, &mut reader, &mut writer)?,
        Some(letters) => handshake::as_server(&job.settings, receives, letters, &mut reader, &mut writer)?,
    };
    requirements::check(&job.settings, agreement.protocol, receives)?;
    let is_client = job.capabilities.is_none();
    let protocol = agreement.protocol;
    let settings = job.settings.at(protocol);
    // Old protocols frame only what the server says, and what a client says that has to tell which files arrived.
    let is_pull = is_client == receives;
    let tells = is_pull && settings.remove_source_files;
    let framed = |by_client: bool| !by_client || tells || protocol.frames_what_clients_send();
    link.connect(Wire::new(writer, job.settings.rate), Speech { protocol, framed: framed(is_client) });
    let (notes, to_generator) = mpsc::channel();
    let side = Side {
        settings: &settings,
        agreement,
        link,
        attributes: Attributes::new(&settings),
        progress: Tracker::new(events.clone(), job.settings.tell_each_file),
        events,
        is_client,
        paths: OwnPaths::new(job.root.as_deref()),
        generator: receives.then(|| notes.clone()),
        server_stats: Mutex::default(),
        told: Mutex::default(),
    };
    let mut report = thread::scope(|scope| {
        let for_reader = notes.clone();
        let side = &side;
        let _alarm = link.alarm();
        scope.spawn(move || {
            let _alarm = link.alarm();
            link.read_frames(framed(!is_client), reader, |message| deliver(side, &for_reader, message));
        });
        scope.spawn(|| link.keep_alive());
        let report = match &job.role {
            Role::Send(sources) => send(side, passage.entrance(), sources, to_generator),
            Role::Receive(path) => receive(scope, side, passage.exit(), path, notes, to_generator),
        };
        let report = match report {
            Ok(report) => {
                link.hang_up();
                // The other end of a client closes when it has read the goodbye.
                if side.is_client {
                    link.wait_for_end(LINGER);
                }
                match link.went_on() {
                    true => Err(Error::new(ErrorKind::Protocol, "the other end goes on after the goodbye")),
                    false => {
                        if !job.settings.list_only {
                            side.progress.end();
                        }
                        Ok(report)
                    }
                }
            }
            Err(error) => {
                farewell::say(side, receives, error);
                Err(abandoned())
            }
        };
        link.close();
        report
    })?;
    let (read, written) = link.counts();
    (report.bytes_received, report.bytes_sent) = (read, written);
    report.failures = side.told.into_inner().unwrap_or_else(PoisonError::into_inner);
    let stats = side.server_stats.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(ServerStats { bytes_read, bytes_written, .. }) = stats {
        (report.bytes_sent, report.bytes_received) = (bytes_read, bytes_written);
    }
    Ok(report)
}

fn send(
    side: &Side<'_>,
    passage: Option<Entrance>,
    sources: &[PathBuf],
    notes: mpsc::Receiver<Note>,
) -> Result<Report> {
    let protocol = side.agreement.protocol;
    let mut report = Report::default();
    let outgoing = RefCell::new(Outgoing::new(Arc::clone(side.link)).with_passage(passage));
    let mut incoming = Incoming::new(side.link, Some(&outgoing));
    let filters = if side.is_client {
        if side.settings.receiver_wants_filters(protocol) {
            rules::send(&side.settings.filters, protocol, Direction::Push, &mut outgoing.borrow_mut())?;
        }
        Arc::clone(&side.settings.filters)
    } else {
        rules::receive(side.settings, protocol, Direction::Pull, &mut incoming)?
    };
    sender::serve(side, &outgoing, incoming, sources, filters, notes, &mut report)?;
    outgoing.borrow_mut().flush()?;
    Ok(report)
}

fn receive<'scope, 'a: 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    side: &'a Side<'a>,
    passage: Option<Exit>,
    path: &std::path::Path,
    notes: mpsc::Sender<Note>,
    to_generator: mpsc::Receiver<Note>,
) -> Result<Report> {
    let protocol = side.agreement.protocol;
    let mut report = Report::default();
    let mut outgoing = Outgoing::new(Arc::clone(side.link));
    let mut incoming = Incoming::new(side.link, None);
    let filters = if side.is_client {
        rules::send(&side.settings.filters, protocol, Direction::Pull, &mut outgoing)?;
        outgoing.flush()?;
        Arc::clone(&side.settings.filters)
    } else if side.settings.receiver_wants_filters(protocol) {
        rules::receive(side.settings, protocol, Direction::Push, &mut incoming)?
    } else {
        Arc::default()
    };
    let form = file_list::form(side.settings, &side.agreement);
    let ids = if side.settings.numeric_ids { IdMap::numeric() } else { IdMap::by_name() };
    let lists = ListReader::new(form, side.settings.numeric_ids, ids, Trust::of(side));
    // Names go out while the list comes in: the sender begins before it has read them all.
    let names = match &side.settings.names {
        Names::Here(list) => Some(list),
        Names::Arguments | Names::There => None,
    };
    let forwarding = scope.spawn({
        let role = names.map(|_| side.link.activity.role());
        move || {
            let _role = role;
            let requested = side.settings.requested.as_deref();
            names.map_or(Ok(()), |names| names.forward(requested, &mut outgoing)).map(|()| outgoing)
        }
    });
    let opening = receiver::open(side, incoming, lists, &mut report, &notes)?;
    let outgoing = {
        let _waiting = side.link.activity.wait();
        let panicked = |_| Err(Error::new(ErrorKind::Internal, "passing names on panicked"));
        forwarding.join().unwrap_or_else(panicked)?
    };
    if opening.entries == 0 && side.is_client {
        return Ok(report); // the server has closed already (`docs/spec/wire-1-session.md` §7.2)
    }
    let settings = side.settings;
    let destination = destination::open(
        side.paths,
        path,
        opening.entries,
        opening.only.as_ref(),
        settings.dry_run || settings.list_only,
        || side.say_created(path),
    )?;
    let filters = TreeRules::new(&filters, filter::Side::Receiver, side.paths, &side.paths.absolute(path));
    let destination = Arc::new(destination);
    let for_generator = Arc::clone(&destination);
    let role = side.link.activity.role();
    let alternates =
        Alternates::open(settings.alternates.as_ref(), side.paths, &destination, path).map(Arc::new);
    let for_generator_to_look_into = alternates.clone();
    let backups = || Backups::of(side, &destination, path);
    let (for_generator_too, backups) = (backups(), backups());
    let generator = scope.spawn(move || {
        let (_role, _alarm) = (role, side.link.alarm());
        let mut report = Report::default();
        let done = Generator::new(side, outgoing, to_generator, &for_generator, filters, &mut report)
            .keeping(for_generator_too)
            .looking_into(for_generator_to_look_into)
            .run();
        done.map(|()| report).map_err(|error| side.link.fail(error))
    });
    let to_the_end = notes.clone();
    let surroundings = receiver::Surroundings { destination: &destination, backups, alternates, passage };
    let received = receiver::serve(side, opening, surroundings, notes, &mut report);
    // What went wrong has to be known before anybody wonders why nothing comes.
    let received = received.map_err(|error| side.link.fail(error));
    let _ = to_the_end.send(Note::ReceiverEnd); // a generator that is gone needs no word
    let generated = {
        let _waiting = side.link.activity.wait();
        generator.join().unwrap_or(Err(()))
    };
    match (received, generated) {
        (Ok(()), Ok(generated)) => {
            side.link.note_goodbye();
            report.join(generated);
        }
        _ => return Err(abandoned()),
    }
    Ok(report)
}

/// What becomes of a message of the other end (`docs/spec/wire-1-session.md` §5.4).
fn deliver(side: &Side<'_>, generator: &mpsc::Sender<Note>, message: Message) -> Result<()> {
    let say = |level, text| side.events.send(Event::Message { level, text });
    match message {
        Message::Info(text) => say(MessageLevel::Info, text),
        Message::Warning(text) => say(MessageLevel::Warning, text),
        Message::Error(text) => {
            side.link.note_words(&text);
            say(MessageLevel::Error, text);
        }
        Message::TransferError(text) => {
            side.link.transfer_error.store(true, Ordering::Relaxed);
            side.note_told(&text);
            side.link.note_words(&text);
            say(MessageLevel::Error, text);
        }
        Message::IoError(bits) => side.link.note_io_error(bits),
        Message::Deleted { name, directory } => side.events.send(Event::Deleted { name, directory }),
        Message::NoSend(index) => {
            // Without a generator nothing was asked for.
            let _ = generator.send(Note::Refused(index));
        }
        Message::ErrorExit(status) => return Err(side.link.peer_failure(status)),
        Message::IoTimeout(seconds) if side.is_client => {
            if (1..=limits::IO_TIMEOUT).contains(&seconds) {
                side.link.shorten_timeout(Duration::from_secs(u64::from(seconds.unsigned_abs())));
            }
        }
        Message::IoTimeout(_) => {
            return Err(Error::new(ErrorKind::DamagedStream, "a client may not tell a timeout"));
        }
        Message::Success { index, place } if side.settings.remove_source_files => {
            // Without a sender there is nothing to remove.
            let _ = generator.send(Note::Arrived(index, place));
        }
        Message::Noop | Message::Success { .. } => {}
    }
    Ok(())
}
