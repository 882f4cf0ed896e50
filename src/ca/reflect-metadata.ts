// Side effect only: gives `Reflect` the three metadata functions that the container inside @peculiar/x509 looks for
// when it is loaded. They hold nothing: the container asks them for constructor parameters, and none of that
// library's services has any. A real polyfill that is there already is left alone.

const metadata = {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => {},
};

for (const [name, value] of Object.entries(metadata)) {
  if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true, writable: true });
}
