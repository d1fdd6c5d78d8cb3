//! The rules: each finds the shape of one kind of attack, in the places where that kind comes.
//!
//! A rule is worth having where no harmless request of this product looks like it. Selectors, names, notes and addresses are
//! harmless texts with quotes, dashes, `<` and `&` in them, so a rule wants more than one sign. Patterns are read by an engine whose
//! time is linear in the text, so that the filter itself is no way to hold the server up.

/// Where a rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Path and query.
    Target,
    /// A header that its sender writes freely.
    Header,
    /// The header `User-Agent`, besides.
    UserAgent,
    /// A text in a JSON body.
    Body,
}

impl Place {
    /// Its name, for the log.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Header => "header",
            Self::UserAgent => "user-agent",
            Self::Body => "body",
        }
    }
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name: of the kind of attack, then of the shape.
    pub name: &'static str,
    /// Where it looks.
    pub places: &'static [Place],
    /// What it finds, whatever its case.
    pub pattern: &'static str,
}

const EVERYWHERE: &[Place] = &[Place::Target, Place::Header, Place::Body];
const HEAD: &[Place] = &[Place::Target, Place::Header];
const TARGET: &[Place] = &[Place::Target];

const fn rule(name: &'static str, places: &'static [Place], pattern: &'static str) -> Rule {
    Rule { name, places, pattern }
}

/// Every rule.
pub const RULES: &[Rule] = &[
    rule("path-parent", TARGET, r"^[^?]*[/\\]\.{2}(?:[/\\;?]|$)|[=&]\.{2}[/\\]|(?:\.\.[/\\]){2}"),
    rule("path-parents", &[Place::Header, Place::Body], r"(?:\.\.[/\\]){2}"),
    rule("path-overlong", TARGET, r"%(?:c0%a[ef]|c1%9c|e0%80%ae|u002e|u2215|u2216)"),
    rule(
        "path-system-file",
        HEAD,
        r"/etc/(?:passwd|shadow|group|hosts\b)|/proc/(?:self|\d+)/|\bboot\.ini\b|\bwin\.ini\b|[a-z]:[/\\]windows[/\\]",
    ),
    rule(
        "path-probe",
        TARGET,
        r"/(?:\.(?:git|env|svn|hg|aws|ssh|htaccess|htpasswd|ds_store)\b|wp-(?:login|admin|content|includes)|phpmyadmin|cgi-bin/|server-status|actuator/|vendor/phpunit)|^[^?]*\.(?:php\d?|aspx?|jspx?|cgi)(?:[/?]|$)",
    ),
    rule("bytes-null", HEAD, r"\x00|%00"),
    rule("header-injected", TARGET, r"[\r\n][ \t]*(?:set-cookie|location|content-(?:type|length)|transfer-encoding|host|http/\d)\b"),
    rule(
        "sql-always-true",
        EVERYWHERE,
        r#"['"][ )]*(?:(?:or|and)\b|\|\||&&)[ (]*(?:not )?['"(]?[\w.@]+['")]* ?(?:=|<>|<|>|!=|like\b|between\b|in ?\(|is (?:not )?null\b)"#,
    ),
    rule("sql-union", EVERYWHERE, r"\bunion (?:all |distinct )?\(?select\b"),
    rule(
        "sql-stacked",
        EVERYWHERE,
        r#"['");] ?;? ?(?:drop|alter|truncate|create|grant|revoke) (?:table|database|schema|user|role|view|index|all)\b|; ?(?:delete from|insert into|update \w+ set|shutdown\b)"#,
    ),
    rule(
        "sql-waiting",
        EVERYWHERE,
        r"\b(?:pg_sleep|benchmark|dbms_pipe\.receive_message|randomblob) ?\(|\bsleep ?\( ?\d|\bwaitfor delay ?'",
    ),
    rule("sql-catalogue", EVERYWHERE, r"\b(?:information_schema|sqlite_master|sqlite_schema|pg_catalog|pg_shadow|sysobjects|all_tables)\b"),
    rule(
        "sql-function",
        EVERYWHERE,
        r"\b(?:extractvalue|updatexml|load_extension|load_file|xp_cmdshell|utl_inaddr\.\w+|pg_read_file|lo_import) ?\(|\binto (?:out|dump)file\b",
    ),
    rule("sql-cut-off", EVERYWHERE, r#"['"][ )]*(?:--|#|;%00)[ -]*$"#),
    rule("sql-subquery", EVERYWHERE, r#"\( ?select .+\bfrom\b.+(?:\)|--|\bwhere\b)"#),
    rule("script-element", EVERYWHERE, r"<[ /]*(?:script|iframe|object|embed|applet|base|meta|link)\b[^<]*(?:>|src|href|$)"),
    rule(
        "script-handler",
        EVERYWHERE,
        r#"<[^>]*\bon(?:abort|animation\w+|begin|blur|change|click|copy|cut|drag\w*|drop|end|error|focus\w*|input|invalid|key\w+|load\w*|message|mouse\w+|page\w+|paste|pointer\w+|resize|scroll|select\w*|show|start|submit|toggle|touch\w+|transition\w+|unload|wheel) ?="#,
    ),
    rule("script-address", EVERYWHERE, r"(?:java|vb|live)script ?:[^ ]|data: ?text/html|data:[^,]*;base64,(?:phn2|phnjcmlwd)"),
    rule(
        "script-call",
        EVERYWHERE,
        r#"\b(?:document\.(?:cookie|write|location|domain)|window\.location|localstorage\.|string\.fromcharcode|eval ?\( ?(?:atob|['"`]))"#,
    ),
    rule(
        "shell-command",
        EVERYWHERE,
        r"(?:;|\||&&|\$\(|`) ?(?:/?(?:usr/)?(?:s?bin/))?(?:(?:wget|curl|nslookup)(?: |$)|(?:cat|whoami|uname|ncat|nc|netcat|bash|sh|zsh|python\d?|perl|ruby|powershell|pwsh|ping|dig|ifconfig|ipconfig|id|env|rm|chmod|wget|curl)(?: [-/$~.]|`|\)|;|\||$))",
    ),
    rule(
        "shell-program",
        EVERYWHERE,
        r"/bin/(?:ba|z|da|k|c)?sh\b|\bcmd(?:\.exe)? ?/c\b|\bpowershell(?:\.exe)? ?-(?:e|enc|nop|w|c)\b|/dev/tcp/|\$\{?ifs\b",
    ),
    rule("shell-function", &[Place::Header], r"\( ?\) ?\{ ?:? ?;? ?\} ?;"),
    rule("lookup-jndi", EVERYWHERE, r"\$\{ ?(?:jndi|lower|upper|env|sys|java|main|date|::?-)[^}]*[:-]|\$\{[^}]*\$\{"),
    rule(
        "template",
        EVERYWHERE,
        r#"\{\{.*(?:\d ?\* ?'?\d|__class__|__globals__|constructor|config\.|self\.|request\.|lipsum|cycler).*\}\}|\{%.*%\}|<%=?.*%>|[#*$]\{ ?(?:t ?\(|\d+ ?\* ?\d|new |this\.)"#,
    ),
    rule("object-prototype", EVERYWHERE, r"__proto__|\bconstructor(?:\.|\]\[|\[)prototype"),
    rule("document-type", EVERYWHERE, r"<! ?(?:doctype|entity)\b"),
    rule("address-scheme", EVERYWHERE, r"\b(?:file|gopher|dict|phar|expect|php|jar|netdoc|ldaps?|rmi|zip|glob)://"),
    rule(
        "address-metadata",
        EVERYWHERE,
        r"\b169\.254\.169\.254\b|\bmetadata\.google\.internal\b|\b0xa9fea9fe\b|\b2852039166\b|\[?fd00:ec2::254\]?",
    ),
    rule("directory-search", EVERYWHERE, r"\*\)\(?[|&(!]|\)\(\|?\((?:uid|cn|mail|objectclass|userpassword) ?="),
    rule(
        "scanner",
        &[Place::UserAgent],
        r"sqlmap|nikto|nuclei|nmap|masscan|zgrab|dirbuster|gobuster|feroxbuster|ffuf|wpscan|acunetix|nessus|openvas|w3af|havij|arachni|wfuzz|commix|xsstrike",
    ),
];
