//! The transfer door, each function a conversion around one call into core. In: endpoints, options, a stream. Out: promises of reports.

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::{Either, Object, Uint8Array};
use napi_derive::napi;
use syncline::options::{Negation, Options, TABLE};
use syncline::session::Password;
use syncline::transport::{Connection, descriptors};
use syncline::{
    DaemonAccess, Endpoint, Error, ErrorKind, Event, ItemForm, Observer, Result, ServePolicy, Transfer,
};

use crate::control::{Control, Shared};
use crate::entry::EventObject;
use crate::failure::{Failure, Unfinished};
use crate::input::path_of;
use crate::summary::ReportObject;
use crate::work::spawn_session;

/// A source or destination.
#[napi(object, object_to_js = false)]
pub struct Place {
    pub path: Uint8Array,
    /// Whether it is here, whatever it looks like.
    pub local: bool,
}

/// One option: its name in core's table, and its value if it takes one.
#[napi(object, object_to_js = false)]
pub struct Setting {
    pub name: String,
    pub value: Option<Uint8Array>,
}

/// What is asked of a transfer.
#[napi(object, object_to_js = false)]
pub struct Request {
    /// `pull` or `push` where it has to be one.
    pub direction: Option<String>,
    pub sources: Vec<Place>,
    /// `None` for a list.
    pub destination: Option<Place>,
    pub settings: Vec<Setting>,
    pub umask: u32,
    pub shell: Option<Uint8Array>,
    pub password: Option<Uint8Array>,
    pub prompts: bool,
}

/// A [`Request`] for another thread.
fn transfer(request: &Request) -> Result<Transfer> {
    let mut options = Options::new();
    for Setting { name, value } in &request.settings {
        options.set(name, value.as_deref().map(OsStr::from_bytes))?;
    }
    let sources = request.sources.iter().map(endpoint).collect::<Result<Vec<_>>>()?;
    let destination = request.destination.as_ref().map(endpoint).transpose()?;
    let mut transfer = match (request.direction.as_deref(), destination) {
        (Some("pull"), Some(destination)) => Transfer::pull(sources, destination)?,
        (Some("push"), Some(destination)) => Transfer::push(sources, destination)?,
        (_, Some(destination)) => Transfer::new(sources, destination),
        (_, None) => Transfer::list(sources),
    };
    transfer = transfer.options(options).umask(request.umask);
    if let Some(shell) = &request.shell {
        transfer = transfer.shell(OsString::from_vec(shell.to_vec()));
    }
    if let Some(password) = &request.password {
        let password = Password::Known(password.to_vec());
        transfer = transfer.daemon(DaemonAccess { password, ..DaemonAccess::default() });
    }
    Ok(if request.prompts { transfer } else { transfer.forbid_prompts() })
}

fn endpoint(place: &Place) -> Result<Endpoint> {
    let path = path_of(&place.path);
    if place.local { Ok(Endpoint::local(path)) } else { Endpoint::parse(path.as_os_str()) }
}

/// Two pairs of connected sockets, one for each direction: JavaScript has one end of each, a session will have the others.
///
/// They are two so that a session that reads no more does not keep JavaScript from what it wrote.
#[napi]
pub struct Channel {
    session: Mutex<Option<(OwnedFd, OwnedFd)>>,
    script: Mutex<Option<(OwnedFd, OwnedFd)>>,
}

/// JavaScript's ends, as descriptors that are its to close.
#[napi(object, object_from_js = false)]
pub struct Descriptors {
    pub from_session: i32,
    pub to_session: i32,
}

#[napi]
impl Channel {
    #[napi(constructor)]
    pub fn new() -> napi::Result<Channel> {
        let (input, to_session) = UnixStream::pair()?;
        let (output, from_session) = UnixStream::pair()?;
        Ok(Channel {
            session: Mutex::new(Some((input.into(), output.into()))),
            script: Mutex::new(Some((from_session.into(), to_session.into()))),
        })
    }

    /// JavaScript's ends, once.
    #[napi]
    pub fn take_descriptors(&self) -> Option<Descriptors> {
        take(&self.script).map(|(from_session, to_session)| Descriptors {
            from_session: from_session.into_raw_fd(),
            to_session: to_session.into_raw_fd(),
        })
    }

    fn connection(&self) -> Result<Connection> {
        let (input, output) = take(&self.session)
            .ok_or_else(|| Error::new(ErrorKind::InvalidState, "the stream is taken by another session"))?;
        descriptors::adopt(input, output)
    }
}

fn take<T>(ends: &Mutex<Option<T>>) -> Option<T> {
    ends.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What a transfer did.
#[napi(object, object_from_js = false)]
pub struct Done {
    pub report: ReportObject,
    /// What was listed, if a list was asked for.
    pub entries: Vec<EventObject>,
}

#[napi]
pub fn transfer_session<'env>(
    env: &'env Env,
    control: &Control,
    request: Request,
    channel: Option<&Channel>,
) -> napi::Result<Object<'env>> {
    let connection = channel.map(Channel::connection);
    let prepared = transfer(&request);
    let lists = request.destination.is_none();
    spawn_session(env, control.share(), move |shared| {
        let mut transfer = prepared?.cancel(shared.cancel_token());
        if let Some(connection) = connection {
            transfer = transfer.over(connection?);
        }
        let form = transfer.item_form();
        let mut watch = Watch { shared, form, lists, entries: Vec::new() };
        let outcome = transfer.run(&mut watch);
        let entries = watch.entries;
        Unfinished::check(outcome?, form).map(|report| Done { report, entries })
    })
}

/// What a client may do.
#[napi(object, object_to_js = false)]
pub struct Policy {
    pub root: Uint8Array,
    pub read: bool,
    pub write: bool,
    pub delete: bool,
    pub umask: u32,
}

#[napi]
pub fn serve_session<'env>(
    env: &'env Env,
    control: &Control,
    channel: &Channel,
    arguments: Vec<Uint8Array>,
    policy: Policy,
) -> napi::Result<Object<'env>> {
    let connection = channel.connection();
    let arguments: Vec<OsString> =
        arguments.iter().map(|argument| OsString::from_vec(argument.to_vec())).collect();
    let policy = ServePolicy {
        read: policy.read,
        write: policy.write,
        delete: policy.delete,
        umask: policy.umask,
        ..ServePolicy::confined(path_of(&policy.root))
    };
    spawn_session(env, control.share(), move |shared| {
        let form = ItemForm { outward: false, times: true };
        let mut watch = Watch { shared, form, lists: false, entries: Vec::new() };
        let outcome = syncline::serve(connection?, &arguments, &policy, &shared.cancel_token(), &mut watch);
        Unfinished::check(outcome?, form).map(|report| Done { report, entries: Vec::new() })
    })
}

/// The arguments that a server at the other end of a stream is started with.
#[napi]
pub fn server_arguments(request: Request) -> Either<Vec<Uint8Array>, Failure> {
    let arguments = transfer(&request).and_then(|transfer| transfer.server_arguments());
    match arguments {
        Ok(arguments) => {
            Either::A(arguments.into_iter().map(|argument| argument.into_vec().into()).collect())
        }
        Err(error) => Either::B(error.into()),
    }
}

/// Passes on what a session tells.
struct Watch<'a> {
    shared: &'a Shared,
    form: ItemForm,
    lists: bool,
    entries: Vec<EventObject>,
}

impl Observer for Watch<'_> {
    fn event(&mut self, event: &Event) -> ControlFlow<()> {
        match event {
            Event::Progress(progress) => self.shared.note_progress(EventObject::transfer_progress(progress)),
            Event::Listed(entry) if self.lists => self.entries.push(EventObject::entry(entry)),
            _ => {}
        }
        if !self.shared.events().is_listening() {
            return ControlFlow::Continue(());
        }
        match EventObject::of(event, self.form) {
            Some(event) => self.shared.events().push(event, &self.shared.cancel_token()),
            None => ControlFlow::Continue(()),
        }
    }
}

/// A row of core's table of options.
#[napi(object, object_from_js = false)]
pub struct OptionRow {
    pub name: &'static str,
    pub kind: &'static str,
    /// What its value is called, if it takes one.
    pub argument: Option<&'static str>,
    pub negatable: bool,
    pub help: &'static str,
}

/// The options that a caller of the library has a use for, in the order of the table.
#[napi]
pub fn option_table() -> Vec<OptionRow> {
    TABLE
        .iter()
        .filter(|row| row.is_for_callers())
        .map(|row| OptionRow {
            name: row.long,
            kind: row.value_kind().name(),
            argument: row.argument,
            negatable: row.negation != Negation::None,
            help: row.help,
        })
        .collect()
}
