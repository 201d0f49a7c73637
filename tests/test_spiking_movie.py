"""Movies: what scenes show, frames that are averaged and joined, and files that users bring."""

import numpy as np
import pytest
from PIL import Image

from replicortex.spiking import scenes
from replicortex.spiking.movie import read_movie, resized, synthetic_movie
from replicortex.spiking.supervisors import supervisor

DT = 4e-5


def test_the_synthetic_movie():
    movie = synthetic_movie(shape=(15, 20))
    assert movie.frames.shape == (160, 15, 20) and movie.fps == 20
    assert movie.frames.min() >= 0 and movie.frames.max() == 1
    moving = np.abs(np.diff(movie.frames.reshape(8, 20, 15, 20), axis=1)).mean(axis=(2, 3)) > 1e-4
    still = [2, 5]  # the digits, which stand half the time
    assert np.delete(moving, still, axis=0).all() and (moving[still].mean(axis=1) < 0.6).all()
    np.testing.assert_array_equal(synthetic_movie(shape=(15, 20)).frames, movie.frames)
    assert not np.array_equal(synthetic_movie(seed=1, shape=(15, 20)).frames, movie.frames)
    with pytest.raises(ValueError, match="period: 0.1 s have 2 frames, but the movie has 8 scenes"):
        synthetic_movie(period=0.1)


def test_a_disc_is_round_and_grows_and_the_ball_stays_inside():
    scene, where = scenes.disc(np.random.default_rng(0)), scenes.canvas((15, 40))
    for time in (0.2, 0.5, 0.8):
        # a pixel is 2 / 15 wide; a disc that is cut off at the top and bottom keeps its width
        assert scene(where, time).max(axis=0).sum() * 2 / 15 == pytest.approx(2 * 1.1 * time, abs=0.12)
    for seed in range(5):
        ball = scenes.ball(np.random.default_rng(seed))
        covered = [ball(where, time).sum() * (2 / 15) ** 2 for time in np.linspace(0, 1, 50)]
        np.testing.assert_allclose(covered, np.pi * 0.3**2, rtol=0.05)


def test_digits_are_those_of_the_font_and_fade():
    where = scenes.canvas((70, 50))
    draw = scenes.digits([4, 7])
    font = [list(row.replace(" ", "")) for row in scenes.DIGITS.split("\n") if row]
    four = np.array([row[20:25] for row in font]) == "#"
    picture = draw(where, 0.1)
    rows = [np.argmin(np.abs(where.down[:, 0] - 1.8 / 7 * (i - 3))) for i in range(7)]
    columns = [np.argmin(np.abs(where.across[0] - 1.8 / 7 * (i - 2))) for i in range(5)]
    np.testing.assert_array_equal(picture[np.ix_(rows, columns)] > 0.5, four)
    np.testing.assert_allclose(draw(where, 0.375), (draw(where, 0.0) + draw(where, 0.99)) / 2, atol=1e-9)


def test_frames_are_averaged_over_areas():
    frames = np.random.default_rng(0).random((3, 6, 8))
    np.testing.assert_allclose(resized(frames, (3, 4)), frames.reshape(3, 3, 2, 4, 2).mean(axis=(2, 4)))
    np.testing.assert_allclose(resized(frames, (6, 8)), frames)
    np.testing.assert_allclose(resized(frames, (1, 1))[:, 0, 0], frames.mean(axis=(1, 2)))


def test_the_target_joins_frames_by_lines_and_repeats():
    target = supervisor("movie", dt=DT, duration=20.0, shape=[3, 4])
    frames = synthetic_movie(shape=(3, 4)).frames.reshape(160, 12)
    steps = round(0.05 / DT)
    np.testing.assert_allclose(target.values(7 * steps, 1)[0], frames[7], atol=1e-9)
    np.testing.assert_allclose(target.values(7 * steps + steps // 2, 1)[0], (frames[7] + frames[8]) / 2, atol=1e-9)
    np.testing.assert_allclose(target.values(123, 5), target.values(123 + round(8 / DT), 5), atol=1e-9)
    pulses = supervisor("movie", dt=DT, duration=20.0, shape=[3, 4], hdts=32).values(1, 1000)
    assert pulses.shape == (1000, 44) and ((pulses[:, 12:] > 0).sum(axis=1) <= 1).all()


def test_a_movie_of_ones_own(tmp_path):
    frames = np.random.default_rng(0).random((10, 6, 8))
    np.savez(tmp_path / "film.npz", frames=frames, fps=5.0)
    movie = read_movie(tmp_path / "film.npz", (3, 4))
    assert movie.fps == 5 and movie.frames.shape == (10, 3, 4) and movie.frames.max() == 1
    held = movie.lasting(4.0)
    assert held.shape == (20, 12) and (held[10:] == held[9]).all()
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.full((4, 4, 3), 80 * (number + 1), np.uint8)).save(folder / f"{number}.png")
    read = read_movie(folder, (2, 2))
    np.testing.assert_allclose(read.frames[:, 0, 0], [1 / 3, 2 / 3, 1])
    with pytest.warns(UserWarning, match="images: lasts 0.15 s, its last frame stays up to 1 s"):
        target = supervisor("movie", dt=DT, duration=20.0, shape=[2, 2], file=str(folder), period=1.0)
    assert target.outputs == 4 and target.cycle == 1.0


def test_animated_images_and_deep_ones(tmp_path):
    pictures = [Image.fromarray(np.full((4, 6), level, np.uint8)) for level in (0, 100, 200)]
    pictures[0].save(tmp_path / "film.gif", save_all=True, append_images=pictures[1:], duration=50)
    movie = read_movie(tmp_path / "film.gif", (2, 3))
    assert movie.frames.shape == (3, 2, 3)
    np.testing.assert_allclose(movie.frames[:, 1, 2], [0, 0.5, 1], atol=0.01)
    folder = tmp_path / "deep"
    folder.mkdir()
    for number, level in enumerate((10_000, 40_000)):
        Image.fromarray(np.full((4, 4), level, np.uint16)).save(folder / f"{number}.png")
    np.testing.assert_allclose(read_movie(folder, (1, 1)).frames.ravel(), [0.25, 1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"fps": 5.0}, "film.npz: lacks an array: 'frames'"),
        ({"frames": np.ones((2, 3)), "fps": 5.0}, r"'frames' of shape \(2, 3\) are not \(frame, row, column\)"),
        ({"frames": np.full((2, 3, 3), np.nan), "fps": 5.0}, "'frames', frame 0, at .* is nan, not a finite number"),
        ({"frames": np.zeros((0, 3, 3)), "fps": 5.0}, "is empty"),
        ({"frames": np.zeros((2, 3, 3)), "fps": 5.0}, "not all of them 0"),
        ({"frames": -np.ones((2, 3, 3)), "fps": 5.0}, "numbers from 0 on"),
        ({"frames": np.ones((2, 3, 3)), "fps": 0.0}, "not one positive number"),
        ({"frames": np.ones((2, 3, 3)), "fps": 1e12}, "1e.12 frames per second are not from 0.1 to 1000"),
        ({"frames": np.ones((2, 3, 3, 3)), "fps": 5.0}, r"are not \(frame, row, column\); make colours grey"),
        ({"frames": np.ones((2, 3, 3)), "fps": 5.0, "dt": 1}, "an array too many: 'dt'"),
        ({"frames": np.ones((2, 3, 3)), "fps": 5.0}, "2 times the same frame is no movie"),
        ({"frames": np.ones((1, 3, 3)), "fps": 5.0}, "one frame is no movie"),
        ({"frames": np.ones((2, 3, 3)) * 1j, "fps": 5.0}, "complex numbers"),
    ],
)
def test_bad_archives_are_refused(tmp_path, content, message):
    np.savez(tmp_path / "film.npz", **content)
    with pytest.raises(ValueError, match=message):
        read_movie(tmp_path / "film.npz", (2, 2))


def test_bad_folders_and_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="has no images"):
        read_movie(tmp_path, (2, 2))
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(ValueError, match="a.png: not a readable image"):
        read_movie(tmp_path, (2, 2))
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(tmp_path / "b.png")
    with pytest.raises(ValueError, match="b.png is not of the size of a.png"):
        read_movie(tmp_path, (2, 2))
    (tmp_path / "film.gif").write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(99))
    with pytest.raises(ValueError, match="film.gif: not a readable movie .it is a film.; take images from it: ffmpeg"):
        read_movie(tmp_path / "film.gif", (2, 2))
    with pytest.raises(ValueError, match="is text.; a movie is an .npz with frames and fps, a folder of images"):
        read_movie(__file__, (2, 2))
