import { useMemo } from 'react';
import { useLanguage } from '../language/Language.tsx';
import { formatsOf, type Formats } from './formats.ts';

export function useFormats(): Formats {
  const { language } = useLanguage();
  return useMemo(() => formatsOf(language), [language]);
}
