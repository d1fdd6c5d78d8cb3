# People: who has an account, their roles, invitations, and who may see a device.

settings-people = People
people-note = Who has an account here, and what each may do.
people-alone = Nobody else has an account yet.
people-alone-invite = Only you have an account. Invite somebody, and choose which devices they may see.
people-more = Show more
person-you = you
person-since = since
person-to-all = All people
person-account = Account
person-roles = Roles
person-since-long = Account since
person-language = Language
person-id = Number
person-may = What this person can do
person-may-note = Several roles add up, each on its own devices.
person-may-nothing = Nothing but see and change the own account: no role gives more.
person-may-not = Not:
person-remove = Remove this person
person-remove-note = The account, its sessions and its roles are erased.
person-remove-verb = Erase this account
reach-whole = in the whole organisation
reach-all = on all devices

role = Role
role-owner = Owner
role-admin = Administrator
role-operator = Operator
role-technician = Technician
role-auditor = Auditor
role-requester = Requester
role-billing = Billing
role-note-owner = May everything. Only an owner exports the organisation's data and erases.
role-note-admin = Runs this organisation's Purser: people, settings, tokens and devices. Exports and erases nothing.
role-note-operator = Runs the fleet: sees and changes devices and lets new ones join.
role-note-technician = Works on the devices that are given to it, and sees no others.
role-note-auditor = Sees devices, people, feeds, the ledger and the Trust page, and changes nothing.
role-note-requester = Asks for help. Sees no device.
role-note-billing = Sees what is paid for. Sees no device.
role-on = { $role } on { $devices }
role-on-all = { $role } on all devices
role-number = Role { $number }
role-may = It may:
role-devices = Which devices
role-devices-all = All devices
role-devices-some = Some devices
role-devices-some-note = Then it gives only what is about those devices.
role-selector-note = Labels, groups, systems or single devices, with “and”, “or”, “not” and brackets.
role-selector-passing = A role cannot rest on names, nor on whether a device was heard of: those pass. Use label, group, os or device.
role-add = Add a role
role-add-first = Choose a role
role-remove = Remove
role-remove-of = Remove role { $number }
role-preview-nothing = Write a query to see which devices this role would see.
role-preview-none = What this role would see cannot be told yet.
role-preview-count =
    { $count ->
        [one] This role sees { $devices } device.
       *[other] This role sees { $devices } devices.
    }
role-preview-standing = Fresh { $fresh }, stale { $stale }, lost { $lost }.
role-preview-empty = No device fits now. One that fits later will be seen.
role-preview-rest =
    { $count ->
        [one] and { $devices } more
       *[other] and { $devices } more
    }
roles-none = No role: sees the own account only
roles-none-note = With no role, this person sees nothing but the own account.
roles-refused = These roles are not accepted
roles-change = Change roles
roles-change-of = Change the roles of { $name }
roles-change-title = Roles of { $name }
roles-change-detail = What stands here replaces all roles of this person, at once and in every session.
roles-change-own = These are your own roles. What you take away here you cannot give back to yourself.
roles-changed = The roles of { $name } are changed.

invite = Invite
invite-title = Invite somebody
invite-verb = Make the invitation
invite-detail = You get a link to hand over. Whoever opens it sets up an account with these roles.
invite-note = For whom
invite-note-hint = In your own words, so that others know whom this invitation is for.
invitations = Open invitations
invitations-note = Each link works once, within a day.
invitations-none = No invitation is open.
invitation-until = until
invitation-link-of = Invitation of { $name }
invitation-hand-over = Hand this link over yourself: Purser sends no mail. It works once, within a day; whoever opens it first gets the account.
invitation-take-back = Take back
invitation-take-back-of = Take back the invitation of { $name }
invitation-take-back-ask = Take back the invitation of { $name }?
invitation-take-back-detail = Its link opens nothing from now on.
invitation-taken-back = The invitation of { $name } is taken back.
set-up-intro-invitation = You were invited to { $tenant }. Set up your account. This link works once.

tab-people = Who sees it
seers = Who can see this device
seers-note = And because of which role.
seers-none = Nobody can see this device
seer-because = because of
seer-may = May:

problem-help-last-owner = Make somebody else an owner first, then take this role away.
problem-kind-roles-more-than-own = These roles reach further than yours
problem-help-roles-more-than-own = Roles are given and taken by somebody who holds as much on all devices. Ask an owner.

permission-exports-manage = export the organisation's data
permission-ledger-read = read the ledger
permission-people-manage = invite people and change their roles
permission-trust-read = see how the organisation's own data fare

own-only-title = Welcome
own-only-none = You have no role yet
own-only-role = Your role opens no page yet
own-only-detail = Your account is ready, and there is nothing here for it yet. Ask an owner or an administrator of { $tenant } to give you a role.
own-only-account = My account
own-roles = You hold:
not-yours-title = Not for your roles
not-yours = Your roles do not include this page
not-yours-detail = Ask an owner or an administrator of { $tenant }, if you need it.
group-fixed = Groups are changed by who may change every device, since roles can rest on them.
devices-none-of-yours = No device is yours to see yet
devices-none-yours = As soon as one joins that your roles reach, it stands here.
exposure-whole-only = The course over time counts every device, so it is shown to those who may see all of them.

roles-of-provider = by groups of single sign-on:
person-of-provider = signs in by single sign-on

people-groups = Groups of people
people-groups-note = The directory says who is in a group. What its people may do is said here, and holds from the next request on.
people-groups-none = The directory has sent no group yet.
people-group-gives-none = Gives no role
people-group-empty = Nobody is in it.
people-group-members = { $count ->
    [one] 1 person
   *[other] { $count } people
}
people-group-roles-title = Roles of { $name }
people-group-roles-detail = Everybody whom the directory puts into the group holds them, at once. A group makes nobody an owner.
roles-of-groups = by the groups that they are in:
person-groups = Groups
person-directory-active = from the directory
person-directory-active-note = The organisation’s directory keeps this account.
person-directory-inactive = shut out by the directory
person-directory-inactive-note = The directory calls this person inactive: they cannot sign in, and their keys open nothing.
person-directory-removed = removed by the directory
person-directory-removed-note = The directory removed this person. Nothing opens the account; an owner can have it erased.
