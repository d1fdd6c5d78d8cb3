export default Object.values(import.meta.glob<string>('../../locales/pl/*.ftl', { query: '?raw', import: 'default', eager: true }));
