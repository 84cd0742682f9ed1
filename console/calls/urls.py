"""The record of proxied calls."""

from django.urls import path

from console.calls import views

urlpatterns = [path("calls/", views.call_list, name="calls")]
