//! The neutral SQL of statements and migrations, turned into each engine's dialect.
//!
//! The texts are our own and trusted; so this is no SQL parser, only a scanner that knows what is a word, a quoted
//! text, a comment and a parameter.

/// A piece of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A keyword, name or number.
    Word(String),
    /// A quoted text or name, with its quotes.
    Quoted(String),
    /// A parameter's number.
    Parameter(String),
    /// Anything else, one character.
    Sign(char),
}

/// Cuts SQL into tokens; comments become one space.
fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' | '"' => {
                let mut text = String::from(character);
                for next in characters.by_ref() {
                    text.push(next);
                    if next == character {
                        break;
                    }
                }
                found.push(Token::Quoted(text));
            }
            '-' if characters.peek() == Some(&'-') => {
                characters.by_ref().find(|next| *next == '\n');
                found.push(Token::Sign(' '));
            }
            '$' if characters.peek().is_some_and(char::is_ascii_digit) => {
                let mut number = String::new();
                while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                found.push(Token::Parameter(number));
            }
            first if first.is_alphanumeric() || first == '_' => {
                let mut word = String::from(first);
                while let Some(next) = characters.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    word.push(next);
                }
                found.push(Token::Word(word));
            }
            other => found.push(Token::Sign(other)),
        }
    }
    found
}

fn text_of(tokens: &[Token], parameter: char) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Word(word) | Token::Quoted(word) => text.push_str(word),
            Token::Parameter(number) => {
                text.push(parameter);
                text.push_str(number);
            }
            Token::Sign(sign) => text.push(*sign),
        }
    }
    text
}

/// A statement's text for SQLite: `$1` becomes `?1`.
pub(crate) fn sqlite_statement(sql: &str) -> String {
    text_of(&tokens(sql), '?')
}

/// The words, signs and parameters (`$1`) of a statement in upper case, without comments; a quoted text is `''`.
pub(crate) fn words(sql: &str) -> Vec<String> {
    tokens(sql)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.to_uppercase()),
            Token::Parameter(number) => Some(format!("${number}")),
            Token::Quoted(_) => Some("''".to_owned()),
            Token::Sign(sign) if !sign.is_whitespace() => Some(sign.to_string()),
            Token::Sign(_) => None,
        })
        .collect()
}

/// Splits a migration at its semicolons.
fn statements(sql: &str) -> Vec<Vec<Token>> {
    let is_blank = |part: &[Token]| part.iter().all(|token| matches!(token, Token::Sign(sign) if sign.is_whitespace()));
    tokens(sql).split(|token| *token == Token::Sign(';')).filter(|part| !is_blank(part)).map(<[Token]>::to_vec).collect()
}

fn is_word(token: &Token, expected: &str) -> bool {
    matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(expected))
}

fn creates_table(statement: &[Token]) -> bool {
    let mut words = statement.iter().filter(|token| matches!(token, Token::Word(_)));
    words.next().is_some_and(|word| is_word(word, "CREATE")) && words.next().is_some_and(|word| is_word(word, "TABLE"))
}

/// A migration's statements for SQLite. Tables are STRICT, so that both engines refuse a value of another type.
pub(crate) fn sqlite_migration(sql: &str) -> Vec<String> {
    let translate = |token: Token| match &token {
        Token::Word(word) => match word.to_uppercase().as_str() {
            "BIGINT" | "BOOLEAN" => Token::Word("INTEGER".into()),
            "DOUBLE" => Token::Word("REAL".into()),
            _ => token,
        },
        _ => token,
    };
    let finish = |statement: Vec<Token>| {
        let is_table = creates_table(&statement);
        let has_options = statement.iter().any(|token| is_word(token, "WITHOUT"));
        let text = text_of(&statement.into_iter().map(translate).collect::<Vec<_>>(), '?').trim().to_owned();
        match (is_table, has_options) {
            (true, true) => text + ", STRICT",
            (true, false) => text + " STRICT",
            (false, _) => text,
        }
    };
    statements(sql).into_iter().map(finish).collect()
}

/// A migration's statements for PostgreSQL. Texts compare byte by byte, as on SQLite; `WITHOUT ROWID` is SQLite's own.
/// Types are written in capitals, names are not: the table `blob` keeps its name.
pub(crate) fn postgres_migration(sql: &str) -> Vec<String> {
    let translate = |token: Token| match &token {
        Token::Word(word) => match word.as_str() {
            "BLOB" => Token::Word("BYTEA".into()),
            "DOUBLE" => Token::Word("DOUBLE PRECISION".into()),
            "TEXT" => Token::Word("TEXT COLLATE \"C\"".into()),
            "WITHOUT" | "ROWID" => Token::Sign(' '),
            _ => token,
        },
        _ => token,
    };
    let finish = |statement: Vec<Token>| text_of(&statement.into_iter().map(translate).collect::<Vec<_>>(), '$').trim().to_owned();
    statements(sql).into_iter().map(finish).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_in_quoted_texts_stay() {
        assert_eq!(sqlite_statement("SELECT '$1', \"$2\" FROM t WHERE a = $12"), "SELECT '$1', \"$2\" FROM t WHERE a = ?12");
    }

    #[test]
    fn a_table_may_be_called_as_a_type_is() {
        assert_eq!(postgres_migration("CREATE TABLE blob (body BLOB);"), ["CREATE TABLE blob (body BYTEA)"]);
    }

    #[test]
    fn one_migration_becomes_both_dialects() {
        let neutral = "-- Things; with a reason.\nCREATE TABLE thing (id BIGINT NOT NULL, size DOUBLE, name TEXT DEFAULT 'a;b', body BLOB,\n on_ BOOLEAN, PRIMARY KEY (id)) WITHOUT ROWID;\nCREATE INDEX thing_name ON thing (name);";
        assert_eq!(
            sqlite_migration(neutral),
            [
                "CREATE TABLE thing (id INTEGER NOT NULL, size REAL, name TEXT DEFAULT 'a;b', body BLOB,\n on_ INTEGER, PRIMARY KEY (id)) WITHOUT ROWID, STRICT",
                "CREATE INDEX thing_name ON thing (name)",
            ]
        );
        let postgres = postgres_migration(neutral);
        assert!(postgres[0].contains("size DOUBLE PRECISION, name TEXT COLLATE \"C\" DEFAULT 'a;b', body BYTEA"), "{postgres:?}");
        assert!(!postgres[0].contains("ROWID"), "{postgres:?}");
    }
}
