const picture = this.querySelector("img");
let number = 0;
const words = [...this.querySelectorAll("input")].map((slider) => {
  const values = JSON.parse(slider.dataset.values), value = values[slider.value];
  number = number * values.length + Number(slider.value);
  slider.setAttribute("aria-valuetext", value);
  slider.nextElementSibling.textContent = value;
  return slider.previousElementSibling.textContent + " " + value;
});
picture.src = "data:image/jpeg;base64," + JSON.parse(this.dataset.frames)[number];
picture.alt = "The figure at " + words.join(", ");
