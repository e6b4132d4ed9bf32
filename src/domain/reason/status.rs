//! What the statuses of syncs and connections are called.

use entity::types::{ConnectionStatus, SyncStatus};

use super::Text;
use super::sync::ReasonTexts;

/// The texts of a sync's status.
#[must_use]
pub fn of_status(status: SyncStatus) -> ReasonTexts {
    use SyncStatus as S;
    match status {
        S::Pending => texts(
            ("Pending", "Menunggu"),
            (
                "It waits to be sent or is being sent, a retry included.",
                "Menunggu dikirim atau sedang dikirim, termasuk percobaan ulang.",
            ),
        ),
        S::Success => texts(
            ("Succeeded", "Berhasil"),
            ("Every listing took the quantity.", "Semua produk menerima jumlahnya."),
        ),
        S::PartiallyFailed => texts(
            ("Partially failed", "Gagal sebagian"),
            (
                "Some listings took the quantity, some did not.",
                "Sebagian produk menerima jumlahnya, sebagian tidak.",
            ),
        ),
        S::Failed => texts(
            ("Failed", "Gagal"),
            (
                "No listing took the quantity.",
                "Tidak ada produk yang menerima jumlahnya.",
            ),
        ),
        S::Skipped => texts(
            ("Skipped", "Dilewati"),
            (
                "A newer sync of the same store SKU came before this one was sent.",
                "Sinkronisasi yang lebih baru untuk SKU toko yang sama datang sebelum ini dikirim.",
            ),
        ),
    }
}

/// The texts of a connection's status.
#[must_use]
pub fn of_connection(status: ConnectionStatus) -> ReasonTexts {
    use ConnectionStatus as S;
    match status {
        S::Connected => texts(
            ("Connected", "Terhubung"),
            (
                "The store is connected, and works as far as is known.",
                "Toko terhubung dan berfungsi sejauh diketahui.",
            ),
        ),
        S::NotConnected => texts(
            ("Not connected", "Belum terhubung"),
            (
                "The store has no connection, so nothing is sent to it.",
                "Toko tidak memiliki koneksi, sehingga tidak ada yang dikirim.",
            ),
        ),
        S::ReconnectRequired => texts(
            ("Connect again", "Perlu dihubungkan ulang"),
            (
                "The marketplace refused the store's credentials, so nothing is sent until it is connected again.",
                "Marketplace menolak kredensial toko, sehingga tidak ada yang dikirim sampai dihubungkan ulang.",
            ),
        ),
    }
}

fn texts(label: (&'static str, &'static str), explanation: (&'static str, &'static str)) -> ReasonTexts {
    ReasonTexts {
        label: Text::new(label.0, label.1),
        explanation: Text::new(explanation.0, explanation.1),
    }
}
