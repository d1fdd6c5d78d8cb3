/** Lets the reader save a text as a file. */
export function saveFile(name: string, contents: string, type: string) {
  const address = URL.createObjectURL(new Blob([contents], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
