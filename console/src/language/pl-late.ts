export default Object.values(import.meta.glob<string>('../../locales/pl/{ledger,trust}.ftl', { query: '?raw', import: 'default', eager: true }));
