export default Object.values(import.meta.glob<string>('../../locales/en/{ledger,trust}.ftl', { query: '?raw', import: 'default', eager: true }));
