"""The front page: pictures in, perceived gender of every face out.

What draws charts and reads videos is imported when it is first wanted: it takes 80 MB, and a visit often needs none.
"""

import streamlit as st

from core.ui import navigation, sidebar, state
from core.ui.classify import downloads, results, samples, uploads, webcam
from core.ui.classify.cards import one_picture
from core.ui.components import announcer

navigation.require_router()
navigation.headline()
settings = sidebar.settings()
upload, camera, moving = st.tabs(state.TABS, key=state.TAB, bind="query-params")
state.show_messages()

if upload.open:
    with upload:
        pictures = state.uploaded()
        uploads.drop_zone()
        uploads.offer_to_bring_back()
        samples.offer(settings, pictures)
        uploads.answer(pictures, settings.model)
        if pictures.decided(settings.thresholds):
            from core.ui.classify import browse

            browse.answers(settings)

if camera.open:
    with camera:
        left, right = st.columns(2, gap="medium")
        with left:
            webcam.camera(mirror=settings.mirror)
        shot = state.shot()
        with right:
            uploads.answer(shot, settings.model)
            announcer.say(results.in_words(shot.decided(settings.thresholds)) if len(shot) else "", "shot_said")
            for entry, result in shot.decided(settings.thresholds):
                threshold, forget = settings.thresholds.gender, webcam.forget
                one_picture(entry, result, threshold, settings.model, remove=forget, wide=False, checks=False)
                downloads.buttons([(entry, result)], entry, result)
            if not len(shot):
                st.caption("The answer appears here as soon as a picture is taken.")

if moving.open:
    with moving:
        from core.ui.classify import live, video

        live.camera(settings)
        video.from_file(settings)
