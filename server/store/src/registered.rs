//! That every table and column of a schema is registered, looked at while the program is compiled.
//!
//! [`Schema::new`](crate::Schema::new) is the only way to make a schema, and a schema is made in a constant: so a migration with a
//! table that is in no data map, or a data map that names what is not there, does not compile. The name in the error is the table's
//! or the column's; the function that it comes from says what is wrong with it. What the SQL means in full, the engines say: the
//! tests of `app` compare the data maps with what the migrations have made.

use kernel::data_map::{Choice, Erasure, Retention, Table};

use crate::schema::Migration;

/// Looks at the tables that these migrations make, and at what the data maps say of themselves.
pub(crate) const fn check(migrations: &[Migration], tables: &[Table]) {
    let mut number = 0;
    while number < migrations.len() {
        check_migration(migrations, number, tables);
        number += 1;
    }
    let mut number = 0;
    while number < tables.len() {
        check_map(&tables[number]);
        number += 1;
    }
}

const fn a_migration_makes_a_table_that_no_data_map_has(name: &str) -> ! {
    panic!("{}", name)
}

const fn a_migration_makes_a_column_that_no_data_map_has(name: &str) -> ! {
    panic!("{}", name)
}

const fn a_column_lies_in_clear_that_must_not(name: &str) -> ! {
    panic!("{}", name)
}

const fn a_table_is_erased_with_somebody_whom_no_column_of_it_names(name: &str) -> ! {
    panic!("{}", name)
}

const fn a_retention_counts_from_a_column_that_is_not_there(name: &str) -> ! {
    panic!("{}", name)
}

const fn the_owner_of_nobodys_table_cannot_choose_its_retention(name: &str) -> ! {
    panic!("{}", name)
}

/// What a data map says must fit its own columns.
const fn check_map(table: &Table) {
    let mut number = 0;
    while number < table.columns.len() {
        if !table.columns[number].is_fit() {
            a_column_lies_in_clear_that_must_not(table.columns[number].name);
        }
        number += 1;
    }
    let is_somebodys = !matches!(table.erasure, Erasure::Never);
    let names_subject = match table.erasure.subject_column() {
        Some(column) => has_column(table, column.as_bytes()),
        None => true,
    };
    if is_somebodys && !(has_column(table, b"tenant_id") && names_subject) {
        a_table_is_erased_with_somebody_whom_no_column_of_it_names(table.name);
    }
    if let Retention::Days(days) = table.retention {
        if !has_column(table, days.since.as_bytes()) {
            a_retention_counts_from_a_column_that_is_not_there(table.name);
        }
        if matches!(days.choice, Choice::Owner { .. }) && !is_somebodys {
            the_owner_of_nobodys_table_cannot_choose_its_retention(table.name);
        }
    }
}

const fn check_migration(migrations: &[Migration], number: usize, tables: &[Table]) {
    let sql: &'static [u8] = migrations[number].sql.as_bytes();
    let mut at = 0;
    while at < sql.len() {
        let first = word(sql, at);
        let second = word(sql, first.end);
        if first.is(sql, b"CREATE") && second.is(sql, b"TABLE") {
            let name = name_after(sql, second.end);
            let rest = Rest { migrations, number, at: name.end };
            if !rest.drops(name.of(sql)) {
                check_table(sql, name.end, mapped(tables, rest.name_at_last(name.of(sql))));
            }
        } else if first.is(sql, b"ALTER") && second.is(sql, b"TABLE") {
            check_alteration(sql, second.end, Rest { migrations, number, at: second.end }, tables);
        }
        at = statement_end(sql, first.end);
    }
}

/// `ALTER TABLE name ADD [COLUMN] column`, of a table that is not made anew later.
const fn check_alteration(sql: &'static [u8], at: usize, rest: Rest<'_>, tables: &[Table]) {
    let name = name_after(sql, at);
    let verb = word(sql, name.end);
    if !verb.is(sql, b"ADD") || rest.drops(name.of(sql)) {
        return;
    }
    let mut column = word(sql, verb.end);
    if column.is(sql, b"COLUMN") {
        column = word(sql, column.end);
    }
    let table = mapped(tables, rest.name_at_last(name.of(sql)));
    if !has_column(table, column.of(sql)) {
        a_migration_makes_a_column_that_no_data_map_has(text(column.of(sql)));
    }
}

/// The columns between a table's parentheses, of which the first begins behind `at`.
const fn check_table(sql: &[u8], at: usize, table: &Table) {
    let mut token = word(sql, at);
    let (mut depth, mut is_first) = (0_usize, false);
    while !token.is_empty() {
        match sql[token.start] {
            b'(' => {
                depth += 1;
                is_first = depth == 1;
            }
            b')' if depth == 1 => return,
            b')' => depth -= 1,
            b',' => is_first = depth == 1,
            b';' => return,
            _ => {
                if is_first && !is_constraint(sql, token) && !has_column(table, token.of(sql)) {
                    a_migration_makes_a_column_that_no_data_map_has(text(token.of(sql)));
                }
                is_first = false;
            }
        }
        token = word(sql, token.end);
    }
}

const fn is_constraint(sql: &[u8], word: Word) -> bool {
    const WORDS: [&[u8]; 6] = [b"CHECK", b"CONSTRAINT", b"EXCLUDE", b"FOREIGN", b"PRIMARY", b"UNIQUE"];
    let mut number = 0;
    while number < WORDS.len() {
        if word.is(sql, WORDS[number]) {
            return true;
        }
        number += 1;
    }
    false
}

const fn mapped<'a>(tables: &'a [Table], name: &[u8]) -> &'a Table {
    let mut number = 0;
    while number < tables.len() {
        if is_same(tables[number].name.as_bytes(), name) {
            return &tables[number];
        }
        number += 1;
    }
    a_migration_makes_a_table_that_no_data_map_has(text(name))
}

const fn has_column(table: &Table, name: &[u8]) -> bool {
    let mut number = 0;
    while number < table.columns.len() {
        if is_same(table.columns[number].name.as_bytes(), name) {
            return true;
        }
        number += 1;
    }
    false
}

/// What of a schema's migrations comes behind a place.
#[derive(Clone, Copy)]
struct Rest<'a> {
    migrations: &'a [Migration],
    number: usize,
    at: usize,
}

impl Rest<'_> {
    /// Whether a table of this name is dropped later.
    const fn drops(self, name: &[u8]) -> bool {
        self.find(b"DROP", name).is_some()
    }

    /// What a table of this name is called in the end.
    const fn name_at_last(self, name: &'static [u8]) -> &'static [u8] {
        match self.find(b"ALTER", name) {
            // Behind RENAME comes TO.
            Some((sql, at)) => word(sql, word(sql, at).end).of(sql),
            None => name,
        }
    }

    /// The place behind `DROP TABLE name`, or behind `ALTER TABLE name RENAME`, and the text in which it is.
    const fn find(self, verb: &[u8], name: &[u8]) -> Option<(&'static [u8], usize)> {
        let mut number = self.number;
        let mut at = statement_end(self.migrations[number].sql.as_bytes(), self.at);
        while number < self.migrations.len() {
            let sql = self.migrations[number].sql.as_bytes();
            while at < sql.len() {
                let first = word(sql, at);
                let named = name_after(sql, word(sql, first.end).end);
                let then = word(sql, named.end);
                let is_meant = first.is(sql, verb) && (first.is(sql, b"DROP") || then.is(sql, b"RENAME"));
                if is_meant && is_same(named.of(sql), name) {
                    return Some((sql, then.end));
                }
                at = statement_end(sql, first.end);
            }
            number += 1;
            at = 0;
        }
        None
    }
}

/// A word, or one sign that is none.
#[derive(Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
}

impl Word {
    const fn is_empty(self) -> bool {
        self.start == self.end
    }

    const fn of(self, sql: &[u8]) -> &[u8] {
        sql.split_at(self.end).0.split_at(self.start).1
    }

    /// Whether it is this one, in capitals or not.
    const fn is(self, sql: &[u8], capitals: &[u8]) -> bool {
        self.of(sql).eq_ignore_ascii_case(capitals)
    }
}

/// The next word from a place on; an empty one at the end of the text.
const fn word(sql: &[u8], from: usize) -> Word {
    let mut start = from;
    while start < sql.len() {
        if sql[start] == b'-' && start + 1 < sql.len() && sql[start + 1] == b'-' {
            while start < sql.len() && sql[start] != b'\n' {
                start += 1;
            }
        } else if sql[start].is_ascii_whitespace() {
            start += 1;
        } else {
            break;
        }
    }
    let mut end = start;
    while end < sql.len() && is_of_a_word(sql[end]) {
        end += 1;
    }
    if end == start && end < sql.len() {
        end += 1;
    }
    Word { start, end }
}

const fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A table's name from a place on, behind `IF NOT EXISTS` or `IF EXISTS`.
const fn name_after(sql: &[u8], at: usize) -> Word {
    let mut name = word(sql, at);
    while name.is(sql, b"IF") || name.is(sql, b"NOT") || name.is(sql, b"EXISTS") {
        name = word(sql, name.end);
    }
    name
}

/// Where the next statement begins.
const fn statement_end(sql: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < sql.len() {
        if sql[at] == b';' {
            return at + 1;
        }
        if sql[at] == b'-' && at + 1 < sql.len() && sql[at + 1] == b'-' {
            while at < sql.len() && sql[at] != b'\n' {
                at += 1;
            }
        } else {
            at += 1;
        }
    }
    at
}

const fn is_same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

const fn text(name: &[u8]) -> &str {
    match std::str::from_utf8(name) {
        Ok(name) => name,
        Err(_) => "a name that is no text",
    }
}

#[cfg(test)]
mod tests {
    use kernel::data_map::{Column, DataClass, Days, Storage, StoreKind};

    use super::*;

    const fn column(name: &'static str) -> Column {
        Column { name, number: 1, class: DataClass::Configuration, storage: Storage::Clear, meaning: "A number." }
    }

    const LETTER: Table = Table {
        name: "letter",
        number: 1,
        store: StoreKind::Tenant,
        purpose: "Letters.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: None,
        columns: &[column("tenant_id"), column("letter_id")],
    };

    const MADE: &str = "-- Letters; and no other.\n
        CREATE TABLE letter (
            tenant_id BIGINT NOT NULL, -- whose, (always)
            letter_id BIGINT NOT NULL CHECK (letter_id IN (1, 2)),
            PRIMARY KEY (tenant_id, letter_id)
        );
        CREATE INDEX letter_by_id ON letter (tenant_id, letter_id);";

    fn looked(sql: &'static str, more: &'static str, table: Table) {
        check(&[Migration { version: 1, name: "one", sql }, Migration { version: 2, name: "two", sql: more }], &[table]);
    }

    #[test]
    fn a_table_and_its_columns_are_found_where_they_are_registered() {
        looked(MADE, "", LETTER);
        looked("create table if not exists letter (tenant_id bigint, letter_id bigint)", "", LETTER);
        looked(MADE, "CREATE INDEX letter_again ON letter (tenant_id)", LETTER);
    }

    #[test]
    #[should_panic(expected = "envelope")]
    fn promise_x_4_a_table_that_no_data_map_has_does_not_compile() {
        looked(MADE, "CREATE TABLE envelope (tenant_id BIGINT)", LETTER);
    }

    #[test]
    #[should_panic(expected = "colour")]
    fn promise_x_4_a_column_that_no_data_map_has_does_not_compile() {
        looked("CREATE TABLE letter (tenant_id BIGINT, letter_id BIGINT, colour TEXT)", "", LETTER);
    }

    #[test]
    #[should_panic(expected = "colour")]
    fn a_column_that_is_added_later_is_a_column() {
        looked(MADE, "ALTER TABLE letter ADD COLUMN colour TEXT", LETTER);
    }

    #[test]
    fn a_table_that_is_made_anew_under_its_old_name_is_that_table() {
        looked(
            "CREATE TABLE letter (id BIGINT)",
            "CREATE TABLE letter_next (tenant_id BIGINT, letter_id BIGINT); DROP TABLE letter; ALTER TABLE letter_next RENAME TO letter;",
            LETTER,
        );
    }

    #[test]
    #[should_panic(expected = "colour")]
    fn what_is_made_anew_is_looked_at_too() {
        looked(
            "CREATE TABLE letter (id BIGINT)",
            "DROP TABLE letter; CREATE TABLE letter_next (colour TEXT); ALTER TABLE letter_next RENAME TO letter",
            LETTER,
        );
    }

    #[test]
    #[should_panic(expected = "letter")]
    fn promise_x_4_a_table_that_is_erased_with_a_device_names_it() {
        looked(MADE, "", Table { erasure: Erasure::Device, ..LETTER });
    }

    #[test]
    #[should_panic(expected = "letter")]
    fn promise_x_4_a_retention_counts_from_a_column_that_is_there() {
        looked(MADE, "", Table { retention: Retention::Days(Days::after("written_at", 30)), ..LETTER });
    }

    #[test]
    #[should_panic(expected = "email")]
    fn promise_x_4_nothing_personal_lies_in_clear() {
        const EMAIL: Column = Column { class: DataClass::Personal, ..column("email") };
        const COLUMNS: &[Column] = &[column("tenant_id"), EMAIL];
        looked("", "", Table { columns: COLUMNS, ..LETTER });
    }

    #[test]
    #[should_panic(expected = "letter")]
    fn whose_rows_are_nobodys_has_no_owner_who_chooses() {
        let retention = Retention::Days(Days::after("letter_id", 30).or_from(1, 30));
        looked("", "", Table { erasure: Erasure::Never, retention, ..LETTER });
    }
}
