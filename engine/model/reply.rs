//! One reply while it is written: which token may come next, which need not be asked for, and when it is over.

use super::decoder::{Decoder, Token};
use super::{ModelError, Request, Shape};
use llguidance::Matcher;
use llguidance::api::TopLevelGrammar;

/// Tokens of the reply's end that are looked up in the prompt for a draft.
const LOOKED_UP: usize = 2;

/// Looked up in free text, where a short match says little.
const LOOKED_UP_IN_TEXT: usize = 3;

/// A reply being written. Every token of it obeys the shape's grammar.
pub struct Writing {
    matcher: Matcher,
    jumps: bool,
    is_text: bool,
    /// Most tokens the reply may have.
    limit: usize,
    tokens: Vec<Token>,
    bytes: Vec<u8>,
    /// How many of the tokens the model has read back.
    fed: usize,
    /// Tokens chosen by the model.
    pub generated: u32,
    /// Tokens the shape left no choice about.
    pub forced: u32,
    ended: Option<Ending>,
}

/// How a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Complete,
    /// Cut at its limit of tokens.
    Cut,
}

impl Writing {
    /// Begins a reply. `jumps` tells whether [`Writing::jump`] is to do anything.
    ///
    /// # Errors
    /// [`ModelError::BadShape`] when the shape's grammar does not compile, and those of [`Decoder::parsers`]; never an unconstrained reply.
    pub fn begin(decoder: &impl Decoder, request: &Request, jumps: bool) -> Result<Writing, ModelError> {
        let grammar = TopLevelGrammar::from_lark(request.shape.grammar(&request.quotable));
        let matcher = Matcher::new(decoder.parsers()?.create_parser(grammar));
        if let Some(error) = matcher.get_error() {
            return Err(ModelError::BadShape(error));
        }
        Ok(Writing {
            matcher,
            jumps,
            is_text: matches!(request.shape, Shape::Text { .. }),
            limit: request.reply_tokens as usize,
            tokens: Vec::new(),
            bytes: Vec::new(),
            fed: 0,
            generated: 0,
            forced: 0,
            ended: None,
        })
    }

    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    pub fn is_text(&self) -> bool {
        self.is_text
    }

    /// Whether the reply ended by itself.
    pub fn is_complete(&self) -> bool {
        self.ended == Some(Ending::Complete)
    }

    /// The reply's text; one cut at its limit may have ended inside a character, which is left out.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).trim_end_matches('\u{fffd}').to_string()
    }

    /// Tokens the model must read before it can choose the next one.
    pub fn unfed(&self) -> &[Token] {
        &self.tokens[self.fed..]
    }

    /// How many of the reply's tokens the model has read.
    pub fn fed(&self) -> usize {
        self.fed
    }

    /// Tells that so many more tokens of the reply were read.
    pub fn has_fed(&mut self, tokens: usize) {
        self.fed += tokens;
    }

    /// Chooses the likeliest token that the shape allows. Gives it, unless the reply ends here.
    ///
    /// # Errors
    /// [`ModelError::BadShape`] when nothing is allowed, which a grammar that compiled does not cause.
    pub fn choose(&mut self, decoder: &impl Decoder, logits: &[f32]) -> Result<Option<Token>, ModelError> {
        let token = match self.likeliest_if_allowed(decoder, logits) {
            Some(token) => token,
            None => self.likeliest_allowed(logits)?,
        };
        if decoder.is_end(token) {
            self.ended = Some(Ending::Complete);
            return Ok(None);
        }
        self.take(decoder, token)?;
        self.generated += 1;
        if self.matcher.is_stopped() {
            self.ended = Some(Ending::Complete);
        } else if self.tokens.len() >= self.limit {
            // Free text may end anywhere, so its grammar cannot tell that this one was cut.
            let may_end = !self.is_text && self.matcher.is_accepting().unwrap_or(false);
            self.ended = Some(if may_end { Ending::Complete } else { Ending::Cut });
        }
        Ok((!self.has_ended()).then_some(token))
    }

    /// The likeliest token of all, when the shape allows it: then the mask of all that is allowed, which takes longer than all else here, is not
    /// needed. An end is left to the mask, because only that tells whether the reply may end.
    fn likeliest_if_allowed(&mut self, decoder: &impl Decoder, logits: &[f32]) -> Option<Token> {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let token = logits.iter().position(|logit| *logit == highest)? as Token;
        (!decoder.is_end(token) && self.matcher.validate_tokens(&[token]).ok()? == 1).then_some(token)
    }

    /// The likeliest of the tokens that the shape allows.
    fn likeliest_allowed(&mut self, logits: &[f32]) -> Result<Token, ModelError> {
        let mask = self.matcher.compute_mask_or_eos().map_err(bad_shape)?;
        let mut best = (None, f32::NEG_INFINITY);
        mask.iter_set_entries(|token| {
            if let Some(logit) = logits.get(token).filter(|logit| **logit > best.1) {
                best = (Some(token as Token), *logit);
            }
        });
        best.0.ok_or_else(|| ModelError::BadShape("no continuation is allowed".to_string()))
    }

    fn take(&mut self, decoder: &impl Decoder, token: Token) -> Result<(), ModelError> {
        self.matcher.consume_token(token).map_err(bad_shape)?;
        self.tokens.push(token);
        self.bytes.extend(decoder.piece(token));
        Ok(())
    }

    /// Appends what the shape leaves no choice about (jump-forward). The words so far are tokenised anew together with it, as the model
    /// would meet them in a text; the last token is left to the model, because what follows may belong to it.
    ///
    /// # Errors
    /// [`ModelError::BadShape`], as in [`Writing::choose`].
    pub fn jump(&mut self, decoder: &impl Decoder) -> Result<(), ModelError> {
        if !self.jumps || self.has_ended() || self.is_text {
            return Ok(());
        }
        let forced = self.matcher.compute_ff_bytes();
        if forced.is_empty() {
            return Ok(());
        }
        let text = [self.bytes.as_slice(), &forced].concat();
        let tokens = decoder.text_tokens(&text);
        let same = tokens.iter().zip(&self.tokens).take_while(|(a, b)| a == b).count();
        let spells: Vec<u8> = tokens.iter().flat_map(|token| decoder.piece(*token)).collect();
        let rewinds = same < self.tokens.len();
        // Some vocabularies begin every text with a space of their own; then the words cannot be tokenised apart from their prompt.
        if spells != text || tokens.len() > self.limit || rewinds && !decoder.limits().can_rewind {
            return Ok(());
        }
        let (taken, written) = (self.tokens.len(), self.bytes.len());
        if rewinds {
            self.rewind(decoder, same)?;
        }
        for token in &tokens[same..] {
            self.take(decoder, *token)?;
        }
        if self.only_ends()? {
            self.ended = Some(Ending::Complete);
        } else {
            // Taking back more than was forced would ask for the same word again, for ever.
            let last = self.tokens.last().map_or(0, |token| decoder.piece(*token).len());
            if self.bytes.len() - last >= written {
                self.rewind(decoder, self.tokens.len().saturating_sub(1))?;
            }
        }
        self.forced += self.tokens.len().saturating_sub(taken) as u32;
        Ok(())
    }

    /// Whether the reply can go on no more.
    fn only_ends(&mut self) -> Result<bool, ModelError> {
        if self.matcher.is_stopped() {
            return Ok(true);
        }
        if !self.matcher.is_accepting().map_err(bad_shape)? {
            return Ok(false);
        }
        let mask = self.matcher.compute_mask().map_err(bad_shape)?;
        let ends = self.matcher.tok_env().map_err(bad_shape)?.tok_trie().eos_token_set();
        let mut goes_on = false;
        mask.iter_set_entries(|token| goes_on |= !ends.is_allowed(token as Token));
        Ok(!goes_on)
    }

    /// Takes the last tokens back, up to a length.
    fn rewind(&mut self, decoder: &impl Decoder, length: usize) -> Result<(), ModelError> {
        self.matcher.rollback(self.tokens.len() - length).map_err(bad_shape)?;
        self.tokens.truncate(length);
        self.bytes = self.tokens.iter().flat_map(|token| decoder.piece(*token)).collect();
        self.fed = self.fed.min(length);
        Ok(())
    }

    /// Tokens that may well come next, at most so many: what followed in the prompt when the reply's last tokens stood there
    /// (prompt-lookup decoding, A. Saxena 2023). Only what the shape allows.
    pub fn draft(&mut self, prompt: &[Token], most: usize) -> Vec<Token> {
        let length = if self.is_text { LOOKED_UP_IN_TEXT } else { LOOKED_UP };
        let most = most.min(self.limit.saturating_sub(self.tokens.len() + 1));
        if self.has_ended() || most == 0 || self.tokens.len() < length {
            return Vec::new();
        }
        let end = &self.tokens[self.tokens.len() - length..];
        let Some(place) = prompt.windows(length).rposition(|window| window == end) else { return Vec::new() };
        let after = &prompt[place + length..];
        let draft = &after[..after.len().min(most)];
        let valid = self.matcher.validate_tokens(draft).unwrap_or(0);
        draft[..valid].to_vec()
    }
}

fn bad_shape(error: impl std::fmt::Display) -> ModelError {
    ModelError::BadShape(error.to_string())
}
