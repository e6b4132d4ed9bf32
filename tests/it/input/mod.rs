//! Bad input: whatever is given for whatever argument, the answer is a clear one and nothing is half written.

mod hostile;
mod inverted;
mod odd_skus;
mod places;
mod walk;
