//! Work on libuv's pool. In: a closure. Out: a promise of what it returns, or of a [`Failure`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, Either, ToNapiValue, TypeName};
use napi::{Env, Task};
use syncline::{Error, ErrorKind, Result};

use crate::failure::Failure;

/// A promise of a `T` or a [`Failure`]; it never rejects.
pub type Promised<T> = AsyncTask<Work<T>>;

/// A closure that waits for a thread of the pool.
pub struct Work<T>(Option<Box<dyn FnOnce() -> Result<T> + Send>>);

/// Queues `work`.
pub(crate) fn queue<T>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Promised<T>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    AsyncTask::new(Work(Some(Box::new(work))))
}

impl<T: Send + ToNapiValue + TypeName + 'static> Task for Work<T> {
    type Output = Result<T>;
    type JsValue = Either<T, Failure>;

    fn compute(&mut self) -> napi::Result<Result<T>> {
        let work = self.0.take().expect("a task is run once");
        // A panic must not reach the pool, whose frames it can't unwind.
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Internal, "a defect in syncline: please report it"))
        });
        Ok(outcome)
    }

    fn resolve(&mut self, _: Env, outcome: Result<T>) -> napi::Result<Either<T, Failure>> {
        Ok(match outcome {
            Ok(value) => Either::A(value),
            Err(error) => Either::B(error.into()),
        })
    }
}
