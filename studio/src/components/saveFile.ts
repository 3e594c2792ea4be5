import { apiBlob } from '../api/client';

/** Fetches it with the token of whoever is signed in, and lets the browser keep it. */
export async function saveFile(path: string, name: string): Promise<void> {
  saveBlob(await apiBlob(path), name);
}

export function saveText(text: string, name: string, type = 'text/plain;charset=utf-8'): void {
  saveBlob(new Blob([text], { type }), name);
}

function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
