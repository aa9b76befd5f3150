'use strict';
// What lessons and decks share: turning pages, notes, the speaker's window.
let slides = [], now = 0, speaker = null;
// A deck puts its own way forward and its own keys here.
let forward = () => show(now + 1);
const moreKeys = {};

function show(number) {
  now = Math.max(0, Math.min(slides.length - 1, number));
  slides.forEach((slide, n) => { slide.classList.toggle('shown', n === now); slide.inert = n !== now; });
  document.getElementById('place').textContent = (now + 1) + ' / ' + slides.length;
  document.getElementById('notes').innerHTML = slides[now].notes.innerHTML || 'No notes here.';
  history.replaceState(null, '', '#' + (now + 1));
  if (speaker && !speaker.closed) fillSpeaker();
}

// "#7" is the seventh slide, "#The-loop" the first one with that title; anything else changes nothing.
function named(hash) {
  const name = decodeURIComponent(hash.slice(1)), title = name.replaceAll('-', ' ');
  const found = slides.findIndex(slide => slide.querySelector('h2').textContent === title);
  return /^\d+$/.test(name) ? name - 1 : found < 0 ? now : found;
}

function fillSpeaker() {
  const next = slides[now + 1], page = speaker.document;
  page.body.style.cssText = 'font: 20px/1.4 system-ui, sans-serif; margin: 24px; max-width: 46em';
  page.title = 'Notes: ' + document.title;
  page.body.innerHTML = '<p>' + (now + 1) + ' / ' + slides.length + ' · ' +
    slides[now].querySelector('h2').textContent + '</p>' + slides[now].notes.innerHTML +
    '<hr><p>Next: ' + (next ? next.querySelector('h2').textContent : 'the end') + '</p>';
}

function openSpeaker() {
  speaker = window.open('', 'notes', 'width=760,height=820');
  if (!speaker) return;
  speaker.onkeydown = onKey;
  fillSpeaker();
}

function toggleNotes() {
  const notes = document.getElementById('notes');
  notes.hidden = !notes.hidden;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // a slider of a figure keeps the arrows, once somebody has taken hold of it
  if (event.key !== ' ' && event.target.matches && event.target.matches('input')) return;
  if (event.key === ' ' && event.target.matches && event.target.matches('button, a')) return;
  const keys = {
    ArrowRight: forward, PageDown: forward, ' ': forward,
    ArrowLeft: () => show(now - 1), PageUp: () => show(now - 1),
    Home: () => show(0), End: () => show(slides.length - 1),
    n: toggleNotes, s: openSpeaker, f: () => document.documentElement.requestFullscreen(),
    ...moreKeys,
  };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
}

function fit() {
  const scale = Math.min(innerWidth / 1280, innerHeight / 720);
  const left = (innerWidth - 1280 * scale) / 2, top = (innerHeight - 720 * scale) / 2;
  stage.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
}

function bar() {
  const bar = document.createElement('nav');
  bar.id = 'bar';
  bar.innerHTML = '<button aria-label="previous slide">◀</button> ' +
    '<span id="place" aria-live="polite"></span> <button aria-label="next slide">▶</button> ' +
    '<button title="N: notes here, S: notes in a window of their own">notes</button>';
  const actions = [() => show(now - 1), () => forward(), toggleNotes];
  bar.querySelectorAll('button').forEach((button, n) => button.addEventListener('click', actions[n]));
  stage.append(bar);
  const notes = document.createElement('div');
  notes.id = 'notes';
  notes.hidden = true;
  document.body.append(notes);
}

let touched = 0;
addEventListener('resize', fit);
addEventListener('keydown', onKey);
addEventListener('hashchange', () => show(named(location.hash)));
addEventListener('touchstart', event => { touched = event.changedTouches[0].clientX; });
addEventListener('touchend', event => {
  const moved = event.changedTouches[0].clientX - touched;
  if (Math.abs(moved) > 60) moved < 0 ? forward() : show(now - 1);
});
