"""The front page: pictures in, perceived gender of every face out."""

import streamlit as st

from core.ui import navigation, sidebar, state
from core.ui.classify import downloads, live, overview, results, samples, table, uploads, video, webcam

navigation.require_router()
st.title(navigation.TITLE, anchor=False)
st.markdown("The perceived gender of people who wear face masks: female, male, or *uncertain* where it cannot be told.")
settings = sidebar.settings()
upload, camera, moving = st.tabs(["Upload", "Webcam", "Live video"], key="input", bind="query-params")

if upload.open:
    with upload:
        pictures = state.uploaded()
        uploads.drop_zone()
        samples.gallery(pictures)
        state.show_messages()
        uploads.answer(pictures, settings.model)
        answered = pictures.decided(settings.thresholds)
        if answered:
            if len(answered) > 1:
                results.summary(answered)
                results.problems(answered)
                results.offer_whole_pictures(answered)
            entry, result = results.pager(answered, uploads.clear)
            results.one_picture(entry, result, settings.thresholds.gender, uploads.remove, settings.model, wide=True)
            if len(answered) > 1:
                overview.counts(answered)
                table.faces_table(answered, settings.thresholds.gender)
            downloads.buttons(answered, entry, result)

if camera.open:
    with camera:
        left, right = st.columns(2, gap="medium")
        with left:
            webcam.camera(mirror=settings.mirror)
        shot = state.shot()
        with right:
            uploads.answer(shot, settings.model)
            for entry, result in shot.decided(settings.thresholds):
                results.one_picture(
                    entry, result, settings.thresholds.gender, webcam.forget, settings.model, wide=False
                )
                downloads.buttons([(entry, result)], entry, result)
            if not len(shot):
                st.caption("The answer appears here as soon as a picture is taken.")

if moving.open:
    with moving:
        live.camera(settings)
        video.from_file(settings)
