# My account: the profile, the password, recovery codes, sessions and what was done with the account.

account-title = My account
account-open = My account
account-profile = Profile
account-saved = Your profile is saved.
account-language-note = Of the console wherever you sign in, and of mails to you.
account-password = Password
account-password-note = Changing it signs you out everywhere else.
account-password-change = Change the password
account-password-changed = Your password is changed. Every other browser is signed out.
password-present = Present password
password-new = New password
password-hint-mixed =
    { $count ->
        [one] At least one character, with a letter and a digit.
       *[other] At least { $count } characters, with a letter and a digit. None of the last four.
    }
code-hint = The six digits that your authenticator app shows, or a recovery code.
code-format = six digits, or the sixteen letters and digits of a recovery code

account-recovery-codes = Recovery codes
account-recovery-codes-note = For when you lose your authenticator.
recovery-codes-none = You have no recovery code. Who loses the authenticator then needs whoever runs the server.
recovery-codes-left =
    { $count ->
        [one] One code is left of those made on { $date }.
       *[other] { $count } codes are left of those made on { $date }.
    }
recovery-codes-make = Make recovery codes
recovery-codes-ask = You get ten codes. Each stands for a code of your authenticator once. Codes that you made before stop working.
recovery-codes-keep = Keep them where your authenticator is not: on paper, or in a password manager.
recovery-codes-save = Save as a file

account-sessions = Where you are signed in
account-sessions-note = Of a browser Purser keeps its kind, and no address.
session-this = this browser
session-browser = { $program } on { $system }
session-begun = since { $time }
session-last-used = last used
session-end = Sign out
session-end-of = Sign out { $browser }, since { $time }
session-ended = That browser is signed out.
sessions-end-others = Sign out all others
sessions-ended = Every other browser is signed out.
browser-chrome = Chrome
browser-edge = Edge
browser-firefox = Firefox
browser-opera = Opera
browser-safari = Safari
browser-samsung = Samsung Internet
browser-other = A program
system-android = Android
system-ios = iOS
system-linux = Linux
system-macos = macOS
system-windows = Windows
system-other = an unknown system

account-history = What was done with your account
account-history-note = The newest 50 entries, from the ledger.
account-history-none = Nothing yet
account-history-refused = was this you?
own-signed-in = Signed in
own-sign-in-failed = A sign-in or a code was refused
own-signed-out = Signed out
own-passkey-added = Passkey added
own-passkey-removed = Passkey removed
own-password-changed = Password changed
own-recovery-codes-made = Recovery codes made
own-recovery-code-used = A recovery code was used
own-sessions-ended = Sessions ended
own-setup-finished = Set up by a one-time link

account-data = Your data
account-data-note = What Purser holds of you, as a person.
account-export = Export my data

idle-signed-out = You were signed out, since nothing was done for a while.

settings-preset = Passwords and sessions
settings-preset-note = For everybody in the organisation.
settings-preset-choice = Which rules hold
preset-nist = NIST SP 800-63B
preset-nist-note = At least 8 characters beside the second factor. Common passwords are refused. No rules on digits, no expiry. Ten wrong tries slow the next ones down. A session ends after 12 hours without use.
preset-pci = PCI DSS
preset-pci-note = At least 12 characters with letters and digits, none of the last four. Ten wrong tries lock for 30 minutes. A session ends after 15 minutes without use. Whose password does not keep this chooses another one at the next sign-in.
