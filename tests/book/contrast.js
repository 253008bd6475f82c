// Return every visible text of the page whose contrast with its background is too low, by WCAG 2.
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((part, i) => part * a + below[i] * (1 - a));
  const background = (element) => {
    if (!element) return [255, 255, 255];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, background(element.parentElement));
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((part) =>
      part / 255 <= 0.04045 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const holds = (outer, inner) => {
    const [one, other] = [outer, inner].map((each) => each.getBoundingClientRect());
    const [x, y] = [(other.left + other.right) / 2, (other.top + other.bottom) / 2];
    return one.left <= x && x <= one.right && one.top <= y && y <= one.bottom;
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || element.closest("script, style, noscript, mjx-container, title, desc")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const drawn = element instanceof SVGElement;
    const shape = drawn && [...element.parentElement.querySelectorAll("rect")].find((rect) => holds(rect, element));
    const below = shape
      ? over(rgba(getComputedStyle(shape).fill), background(element))
      : background(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const found = ratio(over(rgba(drawn ? style.fill : style.color), below), below);
    if (found < (large ? 3 : 4.5)) {
      low.push(`${found.toFixed(2)} <${element.tagName} class="${element.className}"> ${text.slice(0, 40)}`);
    }
  }
  return [...new Set(low)];
}
