//! Two models on one computer take turns: each would have every core, so that both at once would only be in each other's way.

use super::{Model, ModelError, Reply, Request, Ticket, Turn, Work};
use std::sync::{Arc, Mutex, PoisonError};

/// A model that computes only while no other one does that was given the same lock.
pub struct TakingTurns {
    turns: Arc<Mutex<()>>,
    model: Box<dyn Model>,
}

/// Does something while nobody else does; a poisoned lock guards nothing that could be broken.
fn alone<T>(turns: &Mutex<()>, act: impl FnOnce() -> T) -> T {
    let _turn = turns.lock().unwrap_or_else(PoisonError::into_inner);
    act()
}

impl TakingTurns {
    /// Opens a model when no other one computes.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn open(turns: Arc<Mutex<()>>, open: impl FnOnce() -> Result<Box<dyn Model>, ModelError>) -> Result<TakingTurns, ModelError> {
        let model = alone(&turns, open)?;
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
        alone(&self.turns, || self.model.advance())
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
        let (turns, now, most) = (Arc::<Mutex<()>>::default(), Arc::default(), Arc::<AtomicUsize>::default());
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
}
