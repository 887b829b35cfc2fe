/**
 * Speaks HTTP with the service: addresses, the key, problems, a lost connection.
 *
 * All addresses are relative to the page, so that it works below any mount point; of
 * the absolute `urls` of a job only path and query count, so that it also works when
 * the service was told another public name than the one this page was opened by.
 */

import { apiKey, askForKey } from "./key.js";

const BASE = new URL("./", document.baseURI);

/** The service answered with an error; `title` and `detail` are made to be shown. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || body.title);
    this.status = status;
    this.title = body.title || "The service refused";
    this.detail = body.detail || "";
    this.code = body.code || "";
    this.errors = body.errors || [];
    this.isRetryable = body.retryable ?? status >= 500;
    this.requestId = body.request_id || "";
    this.retryAfterSeconds = Number(retryAfter) || null;
  }
}

/** The service could not be reached at all. */
export class ConnectionLost extends Error {
  constructor() {
    super("The service cannot be reached. Is the network there?");
    this.title = "The connection was lost";
    this.isRetryable = true;
  }
}

/** Return the address on this service of a path, or of an absolute URL it gave. */
export function locate(address) {
  if (!/^https?:/.test(address)) return new URL(address, BASE);
  const { pathname, search } = new URL(address);
  return new URL(pathname.slice(pathname.lastIndexOf("/v1/") + 1) + search, BASE);
}

/** Return the address of a job that only its id is known of. */
export const jobPath = (id) => `v1/jobs/${encodeURIComponent(id)}`;

/** Return the address of something below a job, with the token that its URLs carry. */
export function below(job, rest = "") {
  const address = new URL(job.urls.self);
  address.pathname += rest;
  return address.href;
}

/**
 * Return where this page gets a job's picture: from the service itself, for the page may
 * read nothing from the storage that others may be redirected to.
 */
export function pictureOf(job) {
  const address = new URL(job.urls.result);
  address.searchParams.set("proxy", "1");
  return address;
}

/** Return a link to this page that opens a job, without a key for as long as its token lasts. */
export function linkTo(job) {
  const token = tokenOf(job);
  return new URL(`#job=${job.id}${token && `&token=${token}`}`, BASE).href;
}

/** Return the token that opens this job without a key; empty where there are no keys. */
export const tokenOf = (job) => new URL(job.urls.self).searchParams.get("token") ?? "";

/**
 * Ask the service.
 * @param {string} address
 * @param {object} [options] as fetch's; `insist`: a person waits for the answer, so if
 *   the service wants a key, ask for it
 * @returns {Promise<Response>} successful, or 304
 * @throws {Problem|ConnectionLost}
 */
export async function request(address, { insist = false, ...options } = {}) {
  const headers = new Headers(options.headers);
  if (apiKey()) headers.set("Authorization", `Bearer ${apiKey()}`);
  const answer = await reach(() => fetch(locate(address), { ...options, headers }));
  if (answer.ok || answer.status === 304) return answer;
  const problem = await readProblem(answer);
  if (answer.status === 401 && insist && (await askForKey(problem.detail)))
    return request(address, { insist, ...options });
  throw problem;
}

/** Ask for JSON. */
export async function requestJson(address, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  const answer = await request(address, { ...options, headers });
  return reach(() => answer.json());
}

/** Post JSON and return the JSON of the answer. */
export function postJson(address, body, { headers, ...options } = {}) {
  return requestJson(address, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...headers },
    insist: true,
    ...options,
  });
}

/** Return null where this service does not have what was asked for. */
export async function ifThere(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Problem && [404, 405, 410].includes(error.status)) return null;
    throw error;
  }
}

/** Fetch a picture's bytes: an <img> could not send the key. */
export async function fetchPicture(address, options = {}) {
  const headers = { Accept: "image/*", ...options.headers };
  const answer = await request(address, { ...options, headers });
  return reach(() => answer.blob());
}

async function reach(send) {
  try {
    return await send();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ConnectionLost();
  }
}

async function readProblem(answer) {
  const body = await answer.json().catch(() => ({}));
  return new Problem(answer.status, body, answer.headers.get("Retry-After"));
}

/**
 * Send a form or a file and tell how far it has come: fetch cannot tell.
 * @param {string} address
 * @param {FormData | Blob} body
 * @param {{method?: string, headers: object, onProgress: (fraction: number) => void}}
 *   options
 * @returns {Promise<object>} the JSON of the answer
 * @throws {Problem|ConnectionLost}
 */
export async function send(address, body, options) {
  const answer = await exchanged(address, body, options);
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const problem = new Problem(answer.status, answer.body, answer.retryAfter);
  if (answer.status === 401 && (await askForKey(problem.detail)))
    return send(address, body, options);
  throw problem;
}

function exchanged(address, body, { method = "POST", headers, onProgress }) {
  return new Promise((resolve, reject) => {
    const exchange = new XMLHttpRequest();
    exchange.open(method, locate(address));
    exchange.setRequestHeader("Accept", "application/json");
    if (apiKey()) exchange.setRequestHeader("Authorization", `Bearer ${apiKey()}`);
    for (const [name, value] of Object.entries(headers))
      exchange.setRequestHeader(name, value);
    exchange.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    exchange.onerror = exchange.ontimeout = () => reject(new ConnectionLost());
    exchange.onload = () =>
      resolve({
        status: exchange.status,
        body: parse(exchange.responseText),
        retryAfter: exchange.getResponseHeader("Retry-After"),
      });
    exchange.send(body);
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
