/** What is taken for the second factor: six digits, or a recovery code with or without its dashes. Browsers read it with the flag `v`. */
export const CODE_OR_RECOVERY_CODE = '[0-9 ]{6,7}|([0-9A-Za-z][ \\-]?){16}';
