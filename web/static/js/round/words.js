// What the app says: texts by name in the chosen language, with their fields filled in.
export function wordsOf(texts, language) {
  const known = texts[language] || Object.values(texts)[0];
  return (name, fields = {}) =>
    (known[name] || name).replace(/\{(\w+)\}/g, (whole, field) => (field in fields ? String(fields[field]) : whole));
}
