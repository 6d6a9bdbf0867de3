// The pages' scripts are modules without a package.json beside them (every file there is served): Node is told so here.
import { register } from "node:module";

const hook = `
  export async function load(url, context, next) {
    return next(url, url.includes("/web/assets/") ? { ...context, format: "module" } : context);
  }
`;
register(`data:text/javascript,${encodeURIComponent(hook)}`, import.meta.url);

export const asset = (name) => import(new URL(`../../web/assets/${name}`, import.meta.url));
