/**
 * A model with an element a line, so that what two people did to different cells are different lines. A text that is no XML
 * stays as it is.
 */
export function tidyXml(xml: string): string {
  const document = new DOMParser().parseFromString(xml, 'application/xml');
  if (document.querySelector('parsererror')) return xml;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${written(document.documentElement, '').join('\n')}\n`;
}

function written(element: Element, indent: string): readonly string[] {
  const attributes = [...element.attributes].sort((a, b) => a.name < b.name ? -1 : 1).map(one => ` ${one.name}="${escaped(one.value).replaceAll('"', '&quot;')}"`).join('');
  const children = [...element.children];
  if (children.length > 0) {
    return [`${indent}<${element.tagName}${attributes}>`, ...children.flatMap(child => written(child, `${indent}  `)), `${indent}</${element.tagName}>`];
  }
  const text = element.textContent.trim();
  return [text === '' ? `${indent}<${element.tagName}${attributes} />` : `${indent}<${element.tagName}${attributes}>${escaped(text)}</${element.tagName}>`];
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
