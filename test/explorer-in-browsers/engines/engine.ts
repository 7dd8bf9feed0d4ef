// What the suite does with a browser, whoever drives it.

export type Theme = 'light' | 'dark'

/** Keys by the names that pages know them by (UI Events, "KeyboardEvent key Values"). */
export type Key = 'Tab' | 'Enter' | ' '

/** A browser of its own, with one page. */
export interface Tab {
  readonly version: string
  /** Directory where saved files go. */
  readonly downloads: string
  /** Loads a page anew, and waits until it is loaded. */
  goto(url: string): Promise<void>
  /** Runs in the page; arguments and results are JSON. */
  evaluate<A extends readonly unknown[], T>(
    work: (...args: A) => T | Promise<T>,
    ...args: A
  ): Promise<T>
  /** Runs a whole script in the page. */
  run(script: string): Promise<void>
  press(key: Key): Promise<void>
  type(text: string): Promise<void>
  /** Clicks at a place of what can be seen of the page, in CSS pixels. */
  click(x: number, y: number): Promise<void>
  /** Chooses a file where the page asks for one. */
  choose(file: string): Promise<void>
  /** Makes what can be seen of the page so large, in CSS pixels. */
  resize(width: number, height: number): Promise<void>
  /** A PNG of what can be seen. */
  screenshot(): Promise<Uint8Array>
  /** What the console has had since the page was loaded: errors, refused requests, messages; and dialogs. */
  noise(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface Engine {
  /** As pictures are named. */
  readonly id: string
  /** Why it cannot run here. */
  missing(): string | undefined
  /** Starts a browser that wants pages in a theme; it saves into a directory without asking. */
  open(theme: Theme, downloads: string): Promise<Tab>
}

/** What can be seen of a page, in CSS pixels. */
export const SIZE = { width: 1300, height: 1000 } as const
