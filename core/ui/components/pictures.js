// Keeps the pictures of a gallery's cells, by the cells' ids, where every gallery of the page finds them.
export default function ({ data }) {
  const pictures = (window.aboveTheMaskPictures ??= new Map());
  pictures.clear();
  for (const [id, source] of Object.entries(data)) pictures.set(id, source);
  window.dispatchEvent(new Event("above-the-mask-pictures"));
  return () => pictures.clear();
}
