//! Two models on one computer take turns: each would have every core, so that both at once would only be in each other's way.

use super::{Model, ModelError, Reply, Request, Ticket, Turn, Work};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Whose turn it is: first come, first served, so that a model with many questions does not keep another one waiting till it has none.
#[derive(Debug, Default)]
pub struct Turns {
    numbers: Mutex<Numbers>,
    has_moved: Condvar,
}

#[derive(Debug, Default)]
struct Numbers {
    /// The number that whoever comes next gets, and the one whose turn it is.
    next: u64,
    now: u64,
}

/// A turn, until it is dropped.
struct MyTurn<'a>(&'a Turns);

impl Turns {
    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        // Each change of the numbers is whole.
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) -> MyTurn<'_> {
        let mut numbers = self.numbers();
        let mine = numbers.next;
        numbers.next += 1;
        while numbers.now != mine {
            numbers = self.has_moved.wait(numbers).unwrap_or_else(PoisonError::into_inner);
        }
        MyTurn(self)
    }
}

impl Drop for MyTurn<'_> {
    fn drop(&mut self) {
        self.0.numbers().now += 1;
        self.0.has_moved.notify_all();
    }
}

/// A model that computes only while no other one does that was given the same turns.
pub struct TakingTurns {
    turns: Arc<Turns>,
    model: Box<dyn Model>,
}

impl TakingTurns {
    /// Opens a model when no other one computes.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn open(turns: Arc<Turns>, open: impl FnOnce() -> Result<Box<dyn Model>, ModelError>) -> Result<TakingTurns, ModelError> {
        let model = {
            let _turn = turns.wait();
            open()?
        };
        Ok(TakingTurns { turns, model })
    }
}

impl Model for TakingTurns {
    fn submit(&mut self, ticket: Ticket, request: Request, turn: Turn) {
        self.model.submit(ticket, request, turn);
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.model.cancel(ticket);
    }

    fn advance(&mut self) -> Vec<(Ticket, Result<Reply, ModelError>)> {
        let _turn = self.turns.wait();
        self.model.advance()
    }

    fn work(&self) -> Work {
        self.model.work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// Counts how many of its kind compute at once.
    struct Counting(Arc<AtomicUsize>, Arc<AtomicUsize>);

    impl Model for Counting {
        fn submit(&mut self, _ticket: Ticket, _request: Request, _turn: Turn) {}

        fn cancel(&mut self, _ticket: Ticket) {}

        fn advance(&mut self) -> Vec<(Ticket, Result<Reply, ModelError>)> {
            let now = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            self.1.fetch_max(now, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(2));
            self.0.fetch_sub(1, Ordering::SeqCst);
            Vec::new()
        }
    }

    #[test]
    fn one_computes_at_a_time_and_one_that_does_not_open_leaves_the_turn() {
        let (turns, now, most) = (Arc::<Turns>::default(), Arc::default(), Arc::<AtomicUsize>::default());
        assert!(TakingTurns::open(turns.clone(), || Err(ModelError::NoModel)).is_err());
        let make = || TakingTurns::open(turns.clone(), || Ok(Box::new(Counting(Arc::clone(&now), most.clone())))).unwrap();
        let compute = |mut model: TakingTurns| (0..20).for_each(|_| drop(model.advance()));
        std::thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(|| compute(make()));
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_few_steps_do_not_wait_for_many() {
        let (turns, steps) = (Arc::<Turns>::default(), Arc::<AtomicUsize>::default());
        let make = || TakingTurns::open(turns.clone(), || Ok(Box::new(Counting(Arc::default(), Arc::default())))).unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                let mut many = make();
                for _ in 0..200 {
                    drop(many.advance());
                    steps.fetch_add(1, Ordering::SeqCst);
                }
            });
            let mut few = make();
            (0..5).for_each(|_| drop(few.advance()));
            assert!(steps.load(Ordering::SeqCst) < 100);
        });
    }
}
