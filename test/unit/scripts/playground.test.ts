import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { greet, playground } from '../../../scripts/playground.mjs';

let folder: string;
let from: string;
let to: string;
const write = (file: string, text: string): void => writeFileSync(file, text);
const read = (file: string): string => readFileSync(join(to, file), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-playground-'));
  from = join(folder, 'examples');
  to = join(folder, 'playground');
  mkdirSync(join(from, 'traces'), { recursive: true });
  mkdirSync(join(from, 'node_modules'));
  write(join(from, 'a.berth.yaml'), 'a: 1');
  write(join(from, 'traces/day.csv'), '1,2');
  write(join(from, 'node_modules/huge.js'), '');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('copies the examples, but not what npm put there', () => {
  expect(playground({ from, to }).kept).toEqual([]);
  expect(read('traces/day.csv')).toBe('1,2');
  expect(existsSync(join(to, 'node_modules'))).toBe(false);
});

test('follows the examples where nobody changed the copy', () => {
  playground({ from, to });
  write(join(from, 'a.berth.yaml'), 'a: 2');
  rmSync(join(from, 'traces/day.csv'));
  expect(playground({ from, to }).kept).toEqual([]);
  expect(read('a.berth.yaml')).toBe('a: 2');
  expect(existsSync(join(to, 'traces/day.csv'))).toBe(false);
});

test('never overwrites what someone changed, nor brings back what someone deleted', () => {
  playground({ from, to });
  write(join(to, 'a.berth.yaml'), 'a: mine');
  rmSync(join(to, 'traces/day.csv'));
  write(join(to, 'own.berth.yaml'), 'own');
  write(join(from, 'a.berth.yaml'), 'a: 2');
  expect(playground({ from, to }).kept).toEqual(['a.berth.yaml', 'traces/day.csv']);
  expect(playground({ from, to }).kept).toEqual(['a.berth.yaml', 'traces/day.csv']);
  expect(read('a.berth.yaml')).toBe('a: mine');
  expect(existsSync(join(to, 'traces/day.csv'))).toBe(false);
  expect(read('own.berth.yaml')).toBe('own');
});

test('a reset brings the examples back and leaves own files alone', () => {
  playground({ from, to });
  write(join(to, 'a.berth.yaml'), 'a: mine');
  rmSync(join(to, 'traces/day.csv'));
  write(join(to, 'own.berth.yaml'), 'own');
  expect(playground({ from, to, reset: true }).kept).toEqual([]);
  expect(read('a.berth.yaml')).toBe('a: 1');
  expect(read('traces/day.csv')).toBe('1,2');
  expect(read('own.berth.yaml')).toBe('own');
});

test('a file that was there before the example of its name is kept', () => {
  mkdirSync(to);
  write(join(to, 'a.berth.yaml'), 'older');
  expect(playground({ from, to }).kept).toEqual(['a.berth.yaml']);
  expect(read('a.berth.yaml')).toBe('older');
});

test('asks the extension to open an example, and leaves own settings alone', () => {
  playground({ from, to });
  greet(to, 'a.berth.yaml');
  expect(JSON.parse(read('.vscode/settings.json'))).toEqual({ 'berth.openAtStart': 'a.berth.yaml' });
  write(join(to, '.vscode/settings.json'), '{}');
  greet(to, 'a.berth.yaml');
  expect(read('.vscode/settings.json')).toBe('{}');
});
