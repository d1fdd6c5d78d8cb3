//! Who a device is: id, key, enrolment, labels, groups, selectors, the sealed name card.
