using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Config;

namespace Conpot.Pi.Hardware;

/// <summary>What [panel] says: which lamps, switches and buttons of the front there are, and at which pins.</summary>
internal sealed record PanelSettings
{
    public GpioLine? Run { get; init; }

    public GpioLine? Stop { get; init; }

    public GpioLine? SystemFault { get; init; }

    /// <summary>Flashes when somebody talks to the device.</summary>
    public GpioLine? Activity { get; init; }

    /// <summary>On from the first hostile event until somebody acknowledges it.</summary>
    public GpioLine? Alert { get; init; }

    public GpioLine? SwitchRun { get; init; }

    public GpioLine? SwitchStop { get; init; }

    public GpioLine? Acknowledge { get; init; }

    public bool IsEmpty => this == new PanelSettings();

    public bool HasSwitch => SwitchRun is not null || SwitchStop is not null;

    /// <param name="io">Where the pins are claimed, after the lines of [io].</param>
    public static PanelSettings Read(ConfigSection panel, IoLines io)
    {
        return new PanelSettings
        {
            Run = Line("run", LineUse.Lamp),
            Stop = Line("stop", LineUse.Lamp),
            SystemFault = Line("sf", LineUse.Lamp),
            Activity = Line("activity", LineUse.Lamp),
            Alert = Line("alert", LineUse.AlertLamp),
            SwitchRun = Line("switch_run", LineUse.Input),
            SwitchStop = Line("switch_stop", LineUse.Input),
            Acknowledge = Line("acknowledge", LineUse.Input),
        };

        GpioLine? Line(string key, LineUse use) => panel.Parsed<GpioLine?>(key, null, (string text, [NotNullWhen(true)] out GpioLine? line, out string problem) =>
            GpioText.TryParse(text, use, out line, out problem) && io.TryClaim(new PinUse(line!.Bcm, $"[panel] {key}"), out problem));
    }
}
