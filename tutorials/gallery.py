# %% [markdown]
# # A gallery of all pictures
#
# Every picture that `tinynet.introspect` draws, with the line that makes it. Each function returns the matplotlib
# `Axes` or `Figure` it drew on, takes one of yours by `ax=` or `figure=`, and never calls `show`. White is 0, orange
# is positive, purple is negative, and the sign is always marked by something besides the colour.
#
# Two networks are looked at. One learns exclusive or, and a recorder keeps every step of it; the other reads digits.

# %%
import io
import sys

import matplotlib.pyplot as plt

import tinynet as tn
from tinynet import introspect

x, y = tn.data.xor()
xor = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="sigmoid")], seed=0)
recorder = introspect.Recorder(x, y)
xor.compile(optimizer=tn.SGD(learning_rate=0.5), loss="binary_crossentropy")
xor_history = xor.fit(x, y, epochs=1000, batch_size=4, callbacks=[recorder], verbose=0)
xor_trace = introspect.trace(xor, x, y)

(x_train, y_train), (x_test, y_test) = tn.data.train_test_split(*tn.data.digits(), test_fraction=0.2, seed=0)
digits = tn.Sequential([tn.Dense(32, activation="relu", input_dim=64), tn.Dense(10, activation="softmax")], seed=0)
digits.compile(optimizer=tn.Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["accuracy"])
history = digits.fit(x_train, y_train, epochs=15, validation_data=(x_test, y_test), verbose=0)
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
