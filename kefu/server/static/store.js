// What the browser keeps between visits; where it must not keep anything, for this visit only.

const memory = new Map();

export function get(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

export function set(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    memory.set(key, value);
  }
}

export function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    memory.delete(key);
  }
}
