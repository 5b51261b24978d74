// Hands pictures that are pasted anywhere on the page to the file uploader, as if they had been chosen there.
(() => {
  const paste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const input = document.querySelector("[class*='st-key-uploader_'] input[type=file]");
    if (files.length === 0 || !input) return;
    event.preventDefault();
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.removeEventListener("paste", window.aboveTheMaskPaste);
  window.aboveTheMaskPaste = paste;
  document.addEventListener("paste", paste);
})();
