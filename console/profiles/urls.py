"""The addresses of credential profiles."""

from django.urls import path

from console.profiles import views
from console.profiles.editing import views as editing_views

urlpatterns = [
    path("profiles/", views.profile_list, name="profiles"),
    path("profiles/new/<slug:kind>/", editing_views.profile_new, name="profile_new"),
    path("profiles/<uuid:pk>/", views.profile_show, name="profile"),
    path("profiles/<uuid:pk>/edit/", editing_views.profile_edit, name="profile_edit"),
    path("profiles/<uuid:pk>/refresh/", views.profile_refresh, name="profile_refresh"),
    path("profiles/<uuid:pk>/sign-out/", views.profile_sign_out, name="profile_sign_out"),
    path("profiles/<uuid:pk>/unlock/", views.profile_unlock, name="profile_unlock"),
    path("profiles/<uuid:pk>/lock/", views.profile_lock, name="profile_lock"),
    path("profiles/<uuid:pk>/delete/", views.profile_delete, name="profile_delete"),
]
