# %% [markdown]
# # A gallery of all pictures
#
# Every picture that `tinynet.introspect` and `tinynet.explain` draw, with the line that makes it. Each function returns
# the matplotlib `Axes` or `Figure` it drew on, takes one of yours by `ax=` or `figure=`, and never calls `show`. White
# is 0, orange is positive, purple is negative, and the sign is always marked by something besides the colour.
#
# Two networks are looked at. One learns exclusive or, the other reads digits, and recorders keep every step of both.

# %%
import io
import sys

import matplotlib.pyplot as plt

import tinynet as tn
from tinynet import explain, introspect

x, y = tn.data.xor()
xor = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="sigmoid")], seed=0)
recorder = introspect.Recorder(x, y)
xor.compile(optimizer=tn.SGD(learning_rate=0.5), loss="binary_crossentropy")
xor_history = xor.fit(x, y, epochs=1000, batch_size=4, callbacks=[recorder], verbose=0)
xor_trace = introspect.trace(xor, x, y)

(x_train, y_train), (x_test, y_test) = tn.data.train_test_split(*tn.data.digits(), test_fraction=0.2, seed=0)
digits = tn.Sequential([tn.Dense(32, activation="relu", input_dim=64), tn.Dense(10, activation="softmax")], seed=0)
digits.compile(optimizer=tn.Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["accuracy"])
digits_recorder = introspect.Recorder(x_test[:1], y_test[:1])
history = digits.fit(
    x_train, y_train, epochs=15, validation_data=(x_test, y_test), callbacks=[digits_recorder], verbose=0
)
trace = introspect.trace(digits, x_test[:32], y_test[:32])

pictures = []


def show(picture):
    """Show a picture and keep it for the sheet of all of them at the end."""
    figure = picture.get_figure() or picture
    png = io.BytesIO()
    figure.savefig(png, dpi=100)
    png.seek(0)
    pictures.append(plt.imread(png))
    plt.show()
    plt.close(figure)


# %% [markdown]
# ## The network
#
# How it is built; of a small one, every weight.

# %% mystnb={"image": {"alt": "A network of two inputs, four hidden neurons and one output; lines of different width and dash are its weights."}}
show(introspect.plot_architecture(xor))

# %% [markdown]
# Of a trace, with $a$ and $\delta$ of one example at the neurons.

# %% mystnb={"image": {"alt": "The same network with the numbers a and δ of the second example written at its neurons."}}
show(introspect.plot_architecture(xor_trace, example=1))

# %% mystnb={"image": {"alt": "A larger network drawn as boxes, with the numbers of neurons and parameters."}}
show(introspect.plot_architecture(digits))

# %% [markdown]
# The graph that `backward()` walks.

# %% mystnb={"image": {"alt": "The computation graph of the loss of the network, each operation a box with its value and gradient."}}
loss = tn.binary_crossentropy(xor(x), y)
loss.backward()
show(introspect.plot_graph(loss))

# %% [markdown]
# ## Inputs

# %% mystnb={"image": {"alt": "Images of handwritten digits with their classes."}}
show(introspect.plot_inputs(x_test, y_test, image_shape=(8, 8)))

# %% [markdown]
# Columns of features, before and after scaling.

# %% mystnb={"image": {"alt": "The ranges of the four measurements of irises, in centimetres and scaled to 0 to 1."}}
irises, species = tn.data.iris()
show(introspect.plot_inputs(irises, species, scaled=tn.data.minmax_scale(irises)))

# %% [markdown]
# ## Weights and their gradients
#
# As a matrix, as an image for each neuron, as a histogram.

# %% mystnb={"image": {"alt": "The weights of the output layer of the digits network as a matrix."}}
show(introspect.plot_weights(digits, 2))

# %% mystnb={"image": {"alt": "The weights into each of 32 hidden neurons as images of 8 by 8 pixels."}}
show(introspect.plot_weights(digits, 1, image_shape=(8, 8)))

# %% mystnb={"image": {"alt": "Histogram of the weights of the first layer."}}
show(introspect.plot_histogram(digits, 1, "W"))

# %% mystnb={"image": {"alt": "The gradients of the weights of the first layer as images, one for each hidden neuron."}}
show(introspect.plot_gradients(trace, 1, image_shape=(8, 8)))

# %% mystnb={"image": {"alt": "Histogram of the gradients of the weights of the first layer."}}
show(introspect.plot_histogram(trace, 1, "dW"))

# %% [markdown]
# ## Activations and δ
#
# A row for each example; the title counts dead and saturated neurons.

# %% mystnb={"image": {"alt": "Activations of 32 hidden neurons for 32 examples as a matrix."}}
show(introspect.plot_activations(trace, 1))

# %% mystnb={"image": {"alt": "Histogram of the activations of the hidden layer, with a bar of its own for exact zeros."}}
show(introspect.plot_histogram(trace, 1, "a"))

# %% mystnb={"image": {"alt": "δ of the ten outputs for 32 examples as a matrix."}}
show(introspect.plot_delta(trace, 2))

# %% [markdown]
# Where on its activation function each layer works.

# %% mystnb={"image": {"alt": "tanh and sigmoid with their derivatives, and the network's own z as dots on the curves."}}
show(introspect.plot_activation_functions(xor_trace))

# %% [markdown]
# ## Predictions

# %% mystnb={"image": {"alt": "Bars of the probabilities of the ten digits for the first examples, the right class hatched."}}
show(introspect.plot_predictions(digits, x_test, y_test))

# %% mystnb={"image": {"alt": "How many digits of each class were read as which."}}
show(introspect.plot_confusion(digits, x_test, y_test))

# %% mystnb={"image": {"alt": "The images with the largest loss, with what was read and how surely."}}
show(introspect.plot_most_wrong(digits, x_test, y_test, image_shape=(8, 8)))

# %% [markdown]
# Over the plane of two inputs, the answer and one hidden neuron.

# %% mystnb={"image": {"alt": "The answer of the XOR network over the plane of its inputs, with the line where it is undecided."}}
show(introspect.plot_decision_regions(xor, x, y))

# %% mystnb={"image": {"alt": "The activation of one hidden neuron over the same plane."}}
show(introspect.plot_decision_regions(xor, x, y, layer=1, neuron=1))

# %% [markdown]
# ## Training

# %% mystnb={"image": {"alt": "Loss and accuracy of the digits network over the epochs, training and validation."}}
show(introspect.plot_history(history)[0])

# %% [markdown]
# The loss over a plane through the weights, with the path that training took.

# %% mystnb={"image": {"alt": "Contours of the loss over two directions of weight space, with the path of training from the start to the end."}}
show(introspect.plot_loss_surface(xor, x, y, recorder))

# %% [markdown]
# The size of $\delta$ and of the gradients, layer by layer.

# %% mystnb={"image": {"alt": "Typical size of δ and of the gradients of both layers over the steps, on logarithmic axes."}}
show(introspect.plot_gradient_flow(recorder))

# %% mystnb={"image": {"alt": "How the δ of the hidden layer are spread at every step of training."}}
show(introspect.plot_over_time(recorder, "delta", 1))

# %% mystnb={"image": {"alt": "One weight and its gradient over the steps of training."}}
show(introspect.plot_life(recorder, "dense_1.W[0, 1]"))

# %% [markdown]
# ## Are the gradients right?

# %% mystnb={"image": {"alt": "The error of the gradient check against its step h: a V."}}
show(tn.gradcheck(xor, x, y).plot_step_size())

# %% [markdown]
# ## What the network looked at
#
# An attribution gives every input a number $\varphi$. Of an image, each is the colour of its pixel, and the line is the
# outline of the image itself.

# %% mystnb={"image": {"alt": "Integrated gradients of a handwritten 6 as coloured pixels with signs, under the outline of the digit."}}
attribution = explain.integrated_gradients(digits, x_test[0])
show(attribution.plot(image_shape=(8, 8)))

# %% [markdown]
# A third network tells irises apart, and its recorder keeps how it learned to. Features with names are bars or, from
# the answer without them to the answer, a waterfall.

# %% mystnb={"image": {"alt": "Four bars, the Shapley values of the measurements of one iris, the strongest on top."}}
names = ["sepal length", "sepal width", "petal length", "petal width"]
flowers = tn.data.standardize(irises)
iris_recorder = introspect.Recorder(flowers[::50], species[::50])
iris_net = tn.Sequential([tn.Dense(8, activation="relu", input_dim=4), tn.Dense(3, activation="softmax")], seed=0)
iris_net.compile(optimizer=tn.Adam(learning_rate=0.01), loss="categorical_crossentropy")
iris_net.fit(flowers, species, epochs=30, callbacks=[iris_recorder], verbose=0)
shapley = explain.exact_shapley(iris_net, flowers[60], background=flowers[::3])
show(shapley.plot(names=names))

# %% mystnb={"image": {"alt": "The same values as steps from the mean answer over the background to the answer for this iris."}}
show(shapley.plot(kind="waterfall", names=names))

# %% [markdown]
# ## Can it be trusted?
#
# The answer as the pixels with the largest $\varphi$ leave; what slopes predict for random steps, beside what happens;
# how far $\varphi$ moves where $x$ hardly does; $\varphi$ as the layers forget what they learned; and whether methods
# say the same.

# %% mystnb={"image": {"alt": "The logit falls faster when the pixels with the largest φ leave first than when they leave in random order."}}
show(explain.deletion(attribution).plot())

# %% mystnb={"image": {"alt": "Dots along a diagonal: what the gradient predicts for random steps, and how the logit changes."}}
show(explain.plot_infidelity(explain.saliency(digits, x_test[0])))

# %% mystnb={"image": {"alt": "For ten small steps around a digit a bar, the relative change of φ."}}
show(explain.plot_max_sensitivity(attribution))

# %% mystnb={"image": {"alt": "Rank correlation of φ with what it was, falling as the layers are redrawn from the top down."}}
show(explain.randomization(attribution).plot())

# %% mystnb={"image": {"alt": "A matrix of the rank correlations between the attributions of five methods."}}
methods = ["saliency", "gradient_times_input", "integrated_gradients", "deeplift", "occlusion"]
show(explain.agreement([getattr(explain, method)(digits, x_test[0]) for method in methods]).plot())

# %% [markdown]
# ## Many explanations
#
# Over many examples, the mean size of $\varphi$, and every single one as a point.

# %% mystnb={"image": {"alt": "Bars of the mean size of φ of four measurements over all irises."}}
summary = explain.summary(explain.integrated_gradients, iris_net, flowers, target=2)
show(summary.plot(names=names))

# %% mystnb={"image": {"alt": "For each measurement a row of points, one an iris, at its φ, with colour and shape for small and large values."}}
show(summary.plot_beeswarm(names=names))

# %% [markdown]
# One example, through training: as lines, and of an image as a film strip.

# %% mystnb={"image": {"alt": "The logit of one iris over the steps of training and, below it, the φ of its four measurements as lines."}}
show(explain.through_training(explain.integrated_gradients, iris_recorder, example=2).plot(names=names))

# %% mystnb={"image": {"alt": "Eight images of φ of one digit, from before the first step to the last, with its logit above."}}
show(explain.through_training(explain.gradient_times_input, digits_recorder).plot(image_shape=(8, 8)))

# %% [markdown]
# ## All at a glance

# %% mystnb={"image": {"alt": "The main pictures of the digits network on one figure."}}
show(introspect.dashboard(digits, x_test, y_test))

# %% [markdown]
# What a picture cannot show is in motion: `introspect.animate(recorder, draw)` makes a film of any of them, and
# `recorder.to_html("page.html")` a page on which every neuron can be asked for its formulas at every step. Both are in
# [chapter 10](10_seeing_inside.py).
#
# `make gallery` puts all pictures on one sheet.

# %%
if sys.argv[1:] and sys.argv[1].endswith(".png"):
    across = 5
    down = -(-len(pictures) // across)
    sheet, cells = plt.subplots(down, across, figsize=(3 * across, 2.4 * down), layout="constrained")
    for cell in cells.flat:
        cell.axis("off")
    for cell, picture in zip(cells.flat, pictures):
        cell.imshow(picture, interpolation="lanczos")
    sheet.savefig(sys.argv[1], dpi=90, pil_kwargs={"optimize": True})
    print(f"{len(pictures)} pictures on {sys.argv[1]}")
